//! The silhouette: a generic person.

use super::canvas::{Canvas, Shape, arc};
use super::color::Palette;

/// Head and shoulders; the shoulders are an arch, like everything that Portico draws.
pub(super) fn draw(palette: &Palette, side: u16) -> Canvas {
    let mut canvas = Canvas::new(side, palette.ground);
    let mut shape = Shape::default();
    shape.add(&arc([0.5, 0.395], [0.168, 0.168], 0.0, 2.0));
    let mut shoulders = arc([0.5, 0.96], [0.325, 0.325], 1.0, 2.0);
    shoulders.extend([[0.825, 1.0], [0.175, 1.0]]);
    shape.add(&shoulders);
    canvas.fill(&shape, palette.figure);
    canvas
}
