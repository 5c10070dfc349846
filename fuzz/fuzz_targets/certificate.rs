#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| k5_fuzz::entries::certificate(bytes));
