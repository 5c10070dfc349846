//! Sizes as people read them.

use serde_json::Value;

const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// A number of bytes with the largest unit of which there is one, to a tenth: `1.5 GiB`.
pub(crate) fn human(bytes: u64) -> String {
    in_units(u128::from(bytes))
}

/// What a field holds that counts in units of 1024 to the power of `unit` bytes; `None` if it holds no such number.
pub(super) fn human_value(value: &Value, unit: u32) -> Option<String> {
    let number = match value {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    Some(in_units(u128::from(number) << (10 * unit)))
}

fn in_units(bytes: u128) -> String {
    let mut unit = 0;
    // In tenths, rounded; what would be shown as 1024 of a unit is one of the next.
    let mut tenths = bytes * 10;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        unit += 1;
        let size = 1_u128 << (10 * unit);
        tenths = (bytes * 10 + size / 2) / size;
    }
    match tenths % 10 {
        0 => format!("{} {}", tenths / 10, UNITS[unit]),
        tenth => format!("{}.{tenth} {}", tenths / 10, UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn units_are_the_largest_that_fit() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            (1_048_575, "1 MiB"),
            (1_048_576, "1 MiB"),
            (20 << 30, "20 GiB"),
            (1_234_567_890, "1.1 GiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(human(bytes), expected);
        }
        assert_eq!(human_value(&json!(20), 3).as_deref(), Some("20 GiB"));
        assert_eq!(human_value(&json!("2048"), 2).as_deref(), Some("2 GiB"));
        assert_eq!(human_value(&json!(u64::MAX), 3).as_deref(), Some("17179869184 EiB"));
        assert_eq!(human_value(&json!(-1), 0), None);
        assert_eq!(human_value(&json!(null), 0), None);
    }
}
