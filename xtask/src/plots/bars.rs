//! Bars of medians with their ranges, a panel for each contest.

use super::data::{Measured, Series, spread};
use super::theme::Theme;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const WIDTH: u32 = 880;
/// Pixels of a bar with its space, and of what stands around a panel's bars.
const BAR: u32 = 22;
const AROUND: u32 = 40;
const TITLE: u32 = 34;
/// Where the bars begin: room for the names of tools.
const LEFT: i32 = 210;
/// What is left beside the longest bar for its figure.
const RIGHT: i32 = 110;

/// `panels`: contests with the headings of their panels.
pub(super) fn draw(data: &Measured, theme: Theme, title: &str, panels: &[(&str, &str)]) -> Result<String, String> {
    let mut contests = Vec::new();
    for (contest, heading) in panels {
        contests.push((*heading, data.contest(contest)?));
    }
    let height: u32 = contests.iter().map(|(_, tools)| AROUND + BAR * tools.len() as u32).sum::<u32>() + TITLE;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        let failed = |error: DrawingAreaErrorKind<std::io::Error>| error.to_string();
        root.fill(&theme.background).map_err(failed)?;
        let text =
            |size: u32, color: RGBColor, h: HPos| ("sans-serif", size).into_font().color(&color).pos(Pos::new(h, VPos::Center));
        root.draw(&Text::new(title.to_owned(), (16, 20), text(17, theme.text, HPos::Left))).map_err(failed)?;
        let mut top = TITLE as i32;
        for (heading, tools) in &contests {
            root.draw(&Text::new((*heading).to_owned(), (16, top + 14), text(14, theme.text, HPos::Left))).map_err(failed)?;
            let longest = tools.iter().map(|series| spread(&series.wall)[2]).fold(f64::MIN_POSITIVE, f64::max);
            let at = |seconds: f64| LEFT + (seconds / longest * f64::from(WIDTH as i32 - LEFT - RIGHT)).round() as i32;
            let bottom = top + 26 + (BAR as usize * tools.len()) as i32;
            root.draw(&PathElement::new(vec![(LEFT, top + 26), (LEFT, bottom)], theme.faint)).map_err(failed)?;
            for (index, series) in tools.iter().enumerate() {
                let [least, median, most] = spread(&series.wall);
                let middle = top + 26 + (BAR as usize * index) as i32 + BAR as i32 / 2;
                let color = if is_ours(series) { theme.k5 } else { theme.other };
                let name = Text::new(series.tool.clone(), (LEFT - 10, middle), text(13, theme.text, HPos::Right));
                root.draw(&name).map_err(failed)?;
                root.draw(&Rectangle::new([(LEFT, middle - 7), (at(median), middle + 7)], color.filled())).map_err(failed)?;
                for line in [
                    vec![(at(least), middle), (at(most), middle)],
                    vec![(at(least), middle - 4), (at(least), middle + 4)],
                    vec![(at(most), middle - 4), (at(most), middle + 4)],
                ] {
                    root.draw(&PathElement::new(line, theme.text)).map_err(failed)?;
                }
                let figure = Text::new(seconds(median), (at(most) + 8, middle), text(13, theme.text, HPos::Left));
                root.draw(&figure).map_err(failed)?;
            }
            top += (AROUND + BAR * tools.len() as u32) as i32;
        }
        root.present().map_err(failed)?;
    }
    Ok(svg)
}

fn is_ours(series: &Series) -> bool {
    series.tool.split([' ', ',']).next() == Some("k5")
}

fn seconds(value: f64) -> String {
    match value {
        value if value < 0.1 => format!("{:.1} ms", value * 1000.0),
        value => format!("{value:.2} s"),
    }
}
