//! A front of arches, the same on both sides of its door, that no two digests share by chance.

use super::canvas::{Canvas, Color, Shape, arc, arch};
use super::color::oklch;

/// Rows and columns of the wall.
const CELLS: u8 = 4;

/// What a digest looks like: in the middle below, over two rows and columns, a door; around it what fills the
/// wall, each cell by one byte. The left half is the right one's mirror.
pub(super) fn draw(digest: &[u8; 32], side: u16) -> Canvas {
    let [turn, shift, door, cells @ ..] = digest;
    let hue = f32::from(turn % 24) * 15.0;
    let colors = Colors {
        ground: oklch(0.43, 0.07, hue),
        srgb_transfer: oklch(0.91, 0.045, hue),
        warm: oklch(0.70, 0.095, hue + if shift % 2 == 0 { 55.0 } else { -55.0 }),
    };
    let mut canvas = Canvas::new(side, colors.ground);
    let (mut srgb_transfer, mut warm) = (Shape::default(), Shape::default());
    let wall = (0..CELLS).flat_map(|row| (0..CELLS / 2).map(move |column| (row, column)));
    let is_door = |(row, column): &(u8, u8)| *row >= CELLS / 2 && *column == CELLS / 2 - 1;
    for ((row, column), byte) in wall.filter(|cell| !is_door(cell)).zip(cells) {
        let shape = if byte / 16 % 2 == 0 { &mut srgb_transfer } else { &mut warm };
        for contour in part(byte % 16) {
            let size = 1.0 / f32::from(CELLS);
            let place = |[x, y]: [f32; 2]| [(f32::from(column) + x) * size, (f32::from(row) + y) * size];
            let left: Vec<[f32; 2]> = contour.into_iter().map(place).collect();
            // Turned back after it was mirrored: contours that met in opposite directions would leave a seam.
            let right: Vec<[f32; 2]> = left.iter().rev().map(|[x, y]| [1.0 - x, *y]).collect();
            shape.add(&left);
            shape.add(&right);
        }
    }
    canvas.fill(&srgb_transfer, colors.srgb_transfer);
    canvas.fill(&warm, colors.warm);
    draw_door(door % 4, &mut canvas, &colors);
    canvas
}

struct Colors {
    ground: Color,
    srgb_transfer: Color,
    warm: Color,
}

/// What can stand in a cell of the wall, in a square from 0 to 1.
fn part(kind: u8) -> Vec<Vec<[f32; 2]>> {
    let corner = |center: [f32; 2], from: f32| {
        let mut points = arc(center, [1.0, 1.0], from, from + 0.5);
        points.push(center);
        vec![points]
    };
    match kind {
        // A doorway, and one with a smaller one cut into it.
        0..=2 => vec![arch(0.5, 1.0, 1.0, 1.0)],
        3..=5 => vec![arch(0.5, 1.0, 1.0, 1.0), reversed(arch(0.5, 1.0, 0.5, 0.72))],
        // Halves of an arch two cells wide: with its mirror in the middle, or away from it.
        6..=8 => corner([1.0, 1.0], 1.0),
        9..=10 => corner([0.0, 1.0], 1.5),
        // A round window.
        11..=12 => vec![arc([0.5, 0.5], [0.36, 0.36], 0.0, 2.0)],
        // A bowl: an arch upside down.
        13 => vec![arc([0.5, 0.0], [0.5, 0.5], 0.0, 1.0)],
        // Wall.
        14 => vec![vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]],
        _ => Vec::new(),
    }
}

/// The door that everything else stands around, a step away from it.
fn draw_door(kind: u8, canvas: &mut Canvas, colors: &Colors) {
    let leaves: &[(f32, f32, Color)] = match kind {
        0 => &[(0.5, 0.5, colors.srgb_transfer)],
        1 => &[(0.5, 0.5, colors.srgb_transfer), (0.28, 0.39, colors.ground)],
        2 => &[(0.5, 0.5, colors.srgb_transfer), (0.34, 0.42, colors.ground), (0.2, 0.35, colors.warm)],
        _ => &[(0.5, 0.5, colors.srgb_transfer), (0.28, 0.39, colors.warm)],
    };
    for &(width, height, color) in [(0.56, 0.53, colors.ground)].iter().chain(leaves) {
        let mut leaf = Shape::default();
        leaf.add(&arch(0.5, 1.0, width, height));
        canvas.fill(&leaf, color);
    }
}

/// The other way round, to cut a hole.
fn reversed(mut points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    points.reverse();
    points
}
