//! The pipeline of the K5 SDK: a tower stack on hyper and rustls, Keystone login, configuration

pub mod config;
