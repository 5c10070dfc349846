//! Peak memory against the size of the object, both logarithmic.

use super::data::{Measured, spread};
use super::theme::Theme;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::collections::BTreeMap;

const SIZE: (u32, u32) = (880, 420);
/// The bounds of the axis of memory, MiB.
const MEMORY: std::ops::Range<f64> = 4.0..1024.0;

/// Of the contests whose titles end so.
pub(super) fn draw(data: &Measured, theme: Theme, title: &str, end: &str) -> Result<String, String> {
    let mut tools: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for series in data.ending(end) {
        // The contest of two sizes, whose tools are named by them, is another one.
        if let (Some(bytes), false) = (series.bytes, series.tool.contains(',')) {
            let point = (bytes as f64 / f64::from(1 << 20), spread(&series.peak)[1]);
            tools.entry(&series.tool).or_default().push(point);
        }
    }
    let sizes: Vec<f64> = tools.values().flatten().map(|(size, _)| *size).collect();
    let (least, most) = sizes.iter().fold((f64::MAX, f64::MIN), |(least, most), size| (least.min(*size), most.max(*size)));
    if least >= most {
        return Err(format!("nothing was measured of {end:?}"));
    }
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let failed = |error: DrawingAreaErrorKind<std::io::Error>| error.to_string();
        root.fill(&theme.background).map_err(failed)?;
        let font = |size: u32| ("sans-serif", size).into_font().color(&theme.text);
        let mut chart = ChartBuilder::on(&root)
            .caption(title, font(17))
            .margin(16)
            .margin_right(110)
            .x_label_area_size(44)
            .y_label_area_size(56)
            .build_cartesian_2d((least..most).log_scale().base(4.0), MEMORY.log_scale().base(4.0))
            .map_err(failed)?;
        let mib = |value: &f64| match *value {
            value if value >= 1024.0 => format!("{:.0} GiB", value / 1024.0),
            value => format!("{value:.0} MiB"),
        };
        chart
            .configure_mesh()
            .axis_style(theme.text)
            .bold_line_style(theme.faint)
            .light_line_style(theme.background)
            .label_style(font(13))
            .x_label_formatter(&mib)
            .y_label_formatter(&mib)
            .x_desc("size of the object")
            .draw()
            .map_err(failed)?;
        let mut others = theme.lines.iter();
        for (tool, points) in &mut tools {
            points.sort_by(|one, other| one.0.total_cmp(&other.0));
            let color = if *tool == "k5" { theme.k5 } else { others.next().copied().unwrap_or(theme.other) };
            chart.draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2))).map_err(failed)?;
            chart.draw_series(points.iter().map(|point| Circle::new(*point, 4, color.filled()))).map_err(failed)?;
            let Some(last) = points.last() else { continue };
            let style = ("sans-serif", 13).into_font().color(&color).pos(Pos::new(HPos::Left, VPos::Center));
            let name = EmptyElement::at(*last) + Text::new((*tool).to_owned(), (10, 0), style);
            chart.draw_series(std::iter::once(name)).map_err(failed)?;
        }
        root.present().map_err(failed)?;
    }
    Ok(svg)
}
