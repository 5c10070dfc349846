//! The line of the progress bar, as long as there is room for.

use k5::object_storage::TransferProgress;

/// Columns of the bar itself: at least, at most.
const BAR: (usize, usize) = (10, 24);

/// How far everything is.
#[derive(Clone, Debug, Default)]
pub(super) struct Moment {
    pub(super) files: u64,
    /// How many there are to be; `None` while that is not known.
    pub(super) all_files: Option<u64>,
    pub(super) bytes: u64,
    pub(super) all_bytes: Option<u64>,
    /// What is known of segments; may be empty.
    pub(super) segments: String,
    pub(super) per_second: f64,
}

impl Moment {
    /// One line with less than `width` columns: what matters least is left out first. All of it is ASCII, so a character is a column.
    pub(super) fn line(&self, width: usize) -> String {
        // A character in the last column makes some terminals begin a new line.
        let room = width.saturating_sub(1);
        let files = format!("{}/{} files", self.files, self.all_files.map_or_else(|| "?".to_owned(), |all| all.to_string()));
        let bytes = format!("{}/{}", bytes_for_people(self.bytes), self.all_bytes.map_or_else(|| "?".to_owned(), bytes_for_people));
        let rate = format!("{}/s", bytes_for_people(self.per_second.max(0.0) as u64));
        let left = match self.all_bytes {
            Some(all) if all > self.bytes && self.per_second >= 1.0 => {
                format!("{} left", duration(((all - self.bytes) as f64 / self.per_second) as u64))
            }
            _ => String::new(),
        };
        let parts = [bytes.as_str(), &files, &rate, &left, &self.segments];
        for count in (1..=parts.len()).rev() {
            let shown: Vec<_> = parts[..count].iter().copied().filter(|part| !part.is_empty()).collect();
            let text = shown.join("  ");
            if text.len() > room {
                continue;
            }
            let bar = (room - text.len()).saturating_sub(2).min(BAR.1);
            return match self.share() {
                Some(share) if bar >= BAR.0 => format!("{}  {text}", graph(share, bar)),
                _ => text,
            };
        }
        bytes.chars().take(room).collect()
    }

    /// Which part of the whole is done.
    fn share(&self) -> Option<f64> {
        match (self.all_bytes?, self.all_files?) {
            (0, 0) => None,
            (0, files) => Some(self.files as f64 / files as f64),
            (bytes, _) => Some(self.bytes as f64 / bytes as f64),
        }
    }
}

fn graph(share: f64, columns: usize) -> String {
    let inner = columns - 2;
    let full = ((share.clamp(0.0, 1.0) * inner as f64) as usize).min(inner);
    let head = usize::from(full > 0 && full < inner);
    format!("[{}{}{}]", "=".repeat(full - head), ">".repeat(head), " ".repeat(inner - full))
}

/// A number of seconds in the two largest units that tell it.
fn duration(seconds: u64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// A number of bytes such as `14.3 MiB`.
pub(crate) fn bytes_for_people(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut number = bytes as f64 / 1024.0;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        // What would be rounded to 1024.0 is one of the next.
        if number < 1023.95 {
            break;
        }
        number /= 1024.0;
        unit = larger;
    }
    format!("{number:.1} {unit}")
}

/// How many segments of how many, and what had to be sent again.
pub(super) fn segments(transfers: impl Iterator<Item = TransferProgress>) -> String {
    let (mut done, mut all, mut again) = (0, 0, 0);
    for now in transfers.filter(|now| now.segments.is_none_or(|segments| segments > 0)) {
        done += now.segments_done;
        all += now.segments.unwrap_or(now.segments_done);
        again += now.sent_again;
    }
    match (all, again) {
        (0, _) => String::new(),
        (all, 0) => format!("{done}/{all} segments"),
        (all, again) => format!("{done}/{all} segments, {} again", bytes_for_people(again)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment() -> Moment {
        Moment {
            files: 12,
            all_files: Some(345),
            bytes: 3 << 30,
            all_bytes: Some(12 << 30),
            segments: "3/80 segments".to_owned(),
            per_second: 85.0 * 1024.0 * 1024.0,
        }
    }

    #[test]
    fn what_matters_least_is_left_out_first() {
        let now = moment();
        let whole = "3.0 GiB/12.0 GiB  12/345 files  85.0 MiB/s  1 min 48 s left  3/80 segments";
        assert_eq!(now.line(120), format!("[====>                 ]  {whole}"));
        assert_eq!(now.line(80), whole);
        assert_eq!(now.line(40), "3.0 GiB/12.0 GiB  12/345 files");
        assert_eq!(now.line(20), "3.0 GiB/12.0 GiB");
        assert_eq!(now.line(8), "3.0 GiB");
        for width in 0..200 {
            let line = now.line(width);
            assert!(line.len() <= width.saturating_sub(1) && line.is_ascii(), "{width}: {line:?}");
        }
    }

    #[test]
    fn a_total_that_is_not_known_shows_as_such() {
        let now = Moment { all_files: None, all_bytes: None, segments: String::new(), ..moment() };
        assert_eq!(now.line(80), "3.0 GiB/?  12/? files  85.0 MiB/s");
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            ((1 << 20) - 1, "1.0 MiB"),
            (15_000_000, "14.3 MiB"),
            (5 << 40, "5.0 TiB"),
        ] {
            assert_eq!(bytes_for_people(bytes), text);
        }
    }

    #[test]
    fn segments_are_told_where_there_are_some() {
        assert_eq!(segments(std::iter::empty()), "");
        assert_eq!(segments(std::iter::once(TransferProgress::default())), "");
    }
}
