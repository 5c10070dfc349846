//! Frames of a terminal as an animated SVG, which shows the last one where nothing moves.

use super::Frame;
use super::screen::{Piece, Screen};
use std::fmt::Write;

/// Pixels of a character.
const WIDTH: f64 = 8.4;
const HEIGHT: f64 = 18.0;
const MARGIN: f64 = 16.0;

/// The terminal's first sixteen colours.
const COLORS: [&str; 16] = [
    "#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4", "#6e7681", "#ffa198", "#56d364",
    "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff",
];

pub(super) fn draw(frames: &[Frame], columns: usize, lines: usize) -> String {
    let (width, height) = (columns as f64 * WIDTH + 2.0 * MARGIN, lines as f64 * HEIGHT + 2.0 * MARGIN);
    let all: f64 = frames.iter().map(|frame| frame.time.as_secs_f64()).sum();
    let mut style = String::new();
    let mut body = String::new();
    let mut from = 0.0;
    for (index, frame) in frames.iter().enumerate() {
        let to = from + frame.time.as_secs_f64();
        let [begin, end] = [from, to].map(|time| time / all * 100.0);
        let last = index + 1 == frames.len();
        let shown = if last { "1" } else { "0" };
        // A frame appears at once and goes at once.
        let _ = writeln!(
            style,
            "@keyframes f{index}{{0%{{opacity:0}}{begin:.3}%{{opacity:1}}{end:.3}%{{opacity:{shown}}}100%{{opacity:{shown}}}}}\
             #f{index}{{opacity:{shown};animation:f{index} {all:.2}s step-end infinite}}"
        );
        let _ = writeln!(body, "<g id=\"f{index}\">{}</g>", screen(&frame.screen));
        from = to;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         aria-label=\"A terminal: a large file is uploaded, and a server created\">\n<style>\n\
         text{{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#e6edf3;white-space:pre}}\n\
         @media(prefers-reduced-motion:reduce){{g{{animation:none!important}}}}\n{style}</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n{body}</svg>\n"
    )
}

fn screen(screen: &Screen) -> String {
    let mut text = String::new();
    for (row, pieces) in screen.0.iter().enumerate() {
        let mut column = 0;
        for piece in pieces {
            let all = piece.text.chars().count();
            // Spaces at the ends would have to be kept by whatever shows it.
            let before = all - piece.text.trim_start().chars().count();
            let shown = piece.text.trim();
            let count = shown.chars().count();
            let (x, y) = (MARGIN + (column + before) as f64 * WIDTH, MARGIN + (row as f64 + 0.8) * HEIGHT);
            column += all;
            if count == 0 {
                continue;
            }
            // The browser's font may be wider or narrower: the columns stay where they are.
            let _ = write!(
                text,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{:.1}\"{}>{}</text>",
                count as f64 * WIDTH,
                look(piece),
                escaped(shown)
            );
        }
    }
    text
}

fn look(piece: &Piece) -> String {
    let color = piece.color.and_then(|color| COLORS.get(usize::from(color))).map(|color| format!(" style=\"fill:{color}\""));
    let bold = if piece.bold { " font-weight=\"bold\"" } else { "" };
    format!("{}{bold}", color.unwrap_or_default())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn every_frame_has_its_time_and_the_last_one_stays() {
        let frame = |text: &str, seconds| Frame { screen: Screen::parse(text), time: Duration::from_secs(seconds) };
        let svg = draw(&[frame("$ a <b>", 1), frame("$ c", 3)], 20, 4);
        assert!(svg.contains("@keyframes f0{0%{opacity:0}0.000%{opacity:1}25.000%{opacity:0}100%{opacity:0}}"), "{svg}");
        assert!(svg.contains("#f1{opacity:1;animation:f1 4.00s step-end infinite}"), "{svg}");
        assert!(svg.contains(">$ a &lt;b&gt;</text>"), "{svg}");
    }
}
