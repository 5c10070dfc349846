//! A local K5 in one process: Keystone v3 and Swift v1 over a directory, with scripted faults
