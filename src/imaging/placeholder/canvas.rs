//! A square of pixels, and the shapes that are drawn on it with smooth edges.

use std::f32::consts::PI;

use ab_glyph_rasterizer::{Rasterizer, point};
use ttf_parser::OutlineBuilder;

/// Red, green, blue.
pub(super) type Color = [u8; 3];

/// How many shades there are between a shape and what it lies on.
const STEPS: f32 = 32.0;

/// A picture while it is drawn. Shapes know nothing of its size: to them its sides are 1 long, x to the right,
/// y down.
pub(super) struct Canvas {
    side: u16,
    pixels: Vec<u8>,
}

impl Canvas {
    /// One of `side` pixels, all of one colour.
    pub(super) fn new(side: u16, color: Color) -> Canvas {
        Canvas { side, pixels: color.repeat(usize::from(side) * usize::from(side)) }
    }

    /// Colours a shape. Where its contours overlap they have to run the same way round; one that runs the
    /// other way cuts a hole.
    pub(super) fn fill(&mut self, shape: &Shape, color: Color) {
        let scale = f32::from(self.side);
        let Some([left, top, right, bottom]) = shape.bounds() else { return };
        // Only the part of the canvas that the shape lies in is gone through, in whole pixels.
        let (left, top) = ((left * scale).floor().max(0.0), (top * scale).floor().max(0.0));
        let (right, bottom) = ((right * scale).ceil().min(scale), (bottom * scale).ceil().min(scale));
        if right <= left || bottom <= top {
            return;
        }
        let (width, height) = (right - left, bottom - top);
        let mut rasterizer = Rasterizer::new(width as usize, height as usize);
        // The rasteriser wants every point inside; a rounding error may have put one just beside it.
        let at = |[x, y]: [f32; 2]| point((x * scale - left).clamp(0.0, width), (y * scale - top).clamp(0.0, height));
        for contour in &shape.contours {
            let mut from = contour.start;
            for step in &contour.steps {
                from = match *step {
                    Step::Line(to) => {
                        rasterizer.draw_line(at(from), at(to));
                        to
                    }
                    Step::Quadratic(control, to) => {
                        rasterizer.draw_quad(at(from), at(control), at(to));
                        to
                    }
                    Step::Cubic(first, second, to) => {
                        rasterizer.draw_cubic(at(from), at(first), at(second), at(to));
                        to
                    }
                };
            }
            rasterizer.draw_line(at(from), at(contour.start));
        }
        let side = usize::from(self.side);
        let (pixels, _) = self.pixels.as_chunks_mut::<3>();
        rasterizer.for_each_pixel_2d(|x, y, covered| {
            // In a few steps, so that a palette has room for all of them.
            let covered = (covered * STEPS + 0.5) as u16;
            if covered > 0 {
                let over = &mut pixels[(top as usize + y as usize) * side + left as usize + x as usize];
                *over = mix(*over, color, f32::from(covered) / STEPS);
            }
        });
    }

    /// The rows from top to bottom, three bytes a pixel.
    pub(super) fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

fn mix(from: Color, to: Color, share: f32) -> Color {
    if share >= 1.0 {
        return to;
    }
    let [red, green, blue] = from;
    let part = |from: u8, to: u8| (f32::from(from) + (f32::from(to) - f32::from(from)) * share + 0.5) as u8;
    [part(red, to[0]), part(green, to[1]), part(blue, to[2])]
}

/// Contours that are filled together.
#[derive(Default)]
pub(super) struct Shape {
    contours: Vec<Contour>,
}

struct Contour {
    start: [f32; 2],
    steps: Vec<Step>,
}

#[derive(Clone, Copy)]
enum Step {
    Line([f32; 2]),
    Quadratic([f32; 2], [f32; 2]),
    Cubic([f32; 2], [f32; 2], [f32; 2]),
}

impl Contour {
    /// Its points, and those that pull its curves: no curve goes beyond them.
    fn points(&self) -> impl Iterator<Item = [f32; 2]> {
        let of_step = |step: &Step| match *step {
            Step::Line(to) => [to; 3],
            Step::Quadratic(control, to) => [control, to, to],
            Step::Cubic(first, second, to) => [first, second, to],
        };
        std::iter::once(self.start).chain(self.steps.iter().flat_map(of_step))
    }
}

impl Shape {
    /// Adds a polygon.
    pub(super) fn add(&mut self, points: &[[f32; 2]]) {
        if let [start, rest @ ..] = points {
            self.contours.push(Contour { start: *start, steps: rest.iter().copied().map(Step::Line).collect() });
        }
    }

    /// Adds another shape's contours.
    pub(super) fn append(&mut self, mut other: Shape) {
        self.contours.append(&mut other.contours);
    }

    /// The same shape with every point moved.
    pub(super) fn map(mut self, place: impl Fn([f32; 2]) -> [f32; 2]) -> Shape {
        for contour in &mut self.contours {
            contour.start = place(contour.start);
            for step in &mut contour.steps {
                *step = match *step {
                    Step::Line(to) => Step::Line(place(to)),
                    Step::Quadratic(control, to) => Step::Quadratic(place(control), place(to)),
                    Step::Cubic(first, second, to) => Step::Cubic(place(first), place(second), place(to)),
                };
            }
        }
        self
    }

    /// Left, top, right and bottom of a box that it lies in; nothing when there is nothing of it.
    fn bounds(&self) -> Option<[f32; 4]> {
        let contours = self.contours.iter();
        contours.flat_map(Contour::points).map(|[x, y]| [x, y, x, y]).reduce(|one, other| {
            [one[0].min(other[0]), one[1].min(other[1]), one[2].max(other[2]), one[3].max(other[3])]
        })
    }

    fn step(&mut self, step: Step) {
        if let Some(contour) = self.contours.last_mut() {
            contour.steps.push(step);
        }
    }
}

impl OutlineBuilder for Shape {
    fn move_to(&mut self, x: f32, y: f32) {
        self.contours.push(Contour { start: [x, y], steps: Vec::new() });
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.step(Step::Line([x, y]));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.step(Step::Quadratic([x1, y1], [x, y]));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.step(Step::Cubic([x1, y1], [x2, y2], [x, y]));
    }

    fn close(&mut self) {}
}

/// Points of an ellipse from one angle to another, in half turns: 0 is to the right, .5 down, 1 to the left.
pub(super) fn arc(center: [f32; 2], radii: [f32; 2], from: f32, to: f32) -> Vec<[f32; 2]> {
    // With so many to a turn no corner shows on the largest canvas.
    let count = ((to - from).abs() * 64.0).ceil();
    (0..=count as u16)
        .map(|step| {
            let angle = (from + (to - from) * f32::from(step) / count) * PI;
            [center[0] + radii[0] * angle.cos(), center[1] + radii[1] * angle.sin()]
        })
        .collect()
}

/// An arch: a doorway with a round top, `width` wide, standing on `bottom`.
pub(super) fn arch(middle: f32, bottom: f32, width: f32, height: f32) -> Vec<[f32; 2]> {
    let radius = width / 2.0;
    let mut points = vec![[middle - radius, bottom]];
    points.extend(arc([middle, bottom - height + radius], [radius, radius], 1.0, 2.0));
    points.push([middle + radius, bottom]);
    points
}
