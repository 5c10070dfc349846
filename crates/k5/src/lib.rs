//! SDK for the Fujitsu K5 IaaS Foundation API and plain OpenStack clouds
