//! Object storage (Swift v1) for the K5 SDK
