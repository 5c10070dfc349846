//! What tmux says is on a screen: text with colours.

/// Lines of pieces that look the same throughout.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Screen(pub(super) Vec<Vec<Piece>>);

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// One of the terminal's first sixteen.
    pub(super) color: Option<u8>,
    pub(super) bold: bool,
}

impl Screen {
    /// From `tmux capture-pane -p -e`.
    pub(super) fn parse(captured: &str) -> Self {
        let mut now = Piece::default();
        let mut lines: Vec<Vec<Piece>> = captured.lines().map(|line| Self::line(line, &mut now)).collect();
        while lines.last().is_some_and(Vec::is_empty) {
            lines.pop();
        }
        Self(lines)
    }

    fn line(line: &str, now: &mut Piece) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut rest = line;
        while let Some((text, after)) = rest.split_once('\u{1b}') {
            push(&mut pieces, text, now);
            let end = after.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(after.len());
            if after[end..].starts_with('m') {
                style(after[..end].trim_start_matches('['), now);
            }
            rest = after.get(end + 1..).unwrap_or_default();
        }
        push(&mut pieces, rest.trim_end(), now);
        pieces
    }

    pub(super) fn last_line(&self) -> String {
        self.0.last().map(|pieces| pieces.iter().map(|piece| piece.text.as_str()).collect()).unwrap_or_default()
    }
}

fn push(pieces: &mut Vec<Piece>, text: &str, now: &Piece) {
    if !text.is_empty() {
        pieces.push(Piece { text: text.to_owned(), ..now.clone() });
    }
}

/// The numbers of a "select graphic rendition".
fn style(numbers: &str, now: &mut Piece) {
    for number in numbers.split(';') {
        match number.parse::<u8>().unwrap_or(0) {
            0 => *now = Piece::default(),
            1 => now.bold = true,
            22 => now.bold = false,
            color @ 30..=37 => now.color = Some(color - 30),
            color @ 90..=97 => now.color = Some(color - 90 + 8),
            39 => now.color = None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_kept_and_empty_lines_at_the_end_left_out() {
        let screen = Screen::parse("$ k5\n\u{1b}[1m\u{1b}[32mACTIVE\u{1b}[39m\u{1b}[0m end  \n\n\n");
        let piece = |text: &str, color, bold| Piece { text: text.to_owned(), color, bold };
        assert_eq!(screen.0, [vec![piece("$ k5", None, false)], vec![piece("ACTIVE", Some(2), true), piece(" end", None, false)]]);
        assert_eq!(screen.last_line(), "ACTIVE end");
    }
}
