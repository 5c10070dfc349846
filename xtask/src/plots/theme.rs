//! Colours for light and dark pages.

use plotters::style::RGBColor;

#[derive(Clone, Copy)]
pub(super) struct Theme {
    /// The end of the file's name.
    pub(super) name: &'static str,
    pub(super) background: RGBColor,
    pub(super) text: RGBColor,
    pub(super) faint: RGBColor,
    /// Of the peers' bars.
    pub(super) other: RGBColor,
    pub(super) k5: RGBColor,
    /// Of the peers' lines.
    pub(super) lines: [RGBColor; 4],
}

pub(super) const LIGHT: Theme = Theme {
    name: "light",
    background: RGBColor(255, 255, 255),
    text: RGBColor(31, 35, 40),
    faint: RGBColor(208, 215, 222),
    other: RGBColor(140, 149, 159),
    k5: RGBColor(9, 105, 218),
    lines: [RGBColor(188, 76, 0), RGBColor(26, 127, 55), RGBColor(130, 80, 223), RGBColor(110, 119, 129)],
};

pub(super) const DARK: Theme = Theme {
    name: "dark",
    background: RGBColor(13, 17, 23),
    text: RGBColor(230, 237, 243),
    faint: RGBColor(48, 54, 61),
    other: RGBColor(110, 118, 129),
    k5: RGBColor(88, 166, 255),
    lines: [RGBColor(219, 109, 40), RGBColor(63, 185, 80), RGBColor(163, 113, 247), RGBColor(139, 148, 158)],
};
