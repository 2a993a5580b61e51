//! How a picture is turned and cropped, and the sizes that it comes in.

/// The sides, in pixels, that a picture is stored in. A step exists only where the crop has that many
/// pixels; the smallest always does, at the crop's own size when that is less.
pub const STEPS: [u16; 5] = [64, 128, 256, 512, 1024];

/// How an upright picture is turned before it is cropped: mirrored first, if at all, then turned clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    quarters: u8,
    mirrored: bool,
}

impl Turn {
    /// By so many degrees clockwise; what is not a multiple of 90 counts as the next below.
    pub fn new(degrees: u16, mirrored: bool) -> Turn {
        Turn { quarters: (degrees / 90 % 4) as u8, mirrored }
    }

    /// Degrees clockwise: 0, 90, 180 or 270.
    pub fn degrees(self) -> u16 {
        u16::from(self.quarters) * 90
    }

    /// Whether left and right change places first.
    pub fn is_mirrored(self) -> bool {
        self.mirrored
    }

    /// Whether it leaves everything as it is.
    pub fn is_none(self) -> bool {
        self == Turn::default()
    }
}

/// The square that a person chose to show, in the terms of the editor's three sliders, and how the picture is turned
/// before it is cut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    zoom: u16,
    x: u8,
    y: u8,
    turn: Turn,
}

/// A square in the pixels of an upright picture; its edges may fall between pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    /// Distance from the picture's left edge.
    pub left: f64,
    /// Distance from the picture's top edge.
    pub top: f64,
    /// Length of the sides, at least 1.
    pub side: f64,
}

impl Crop {
    /// A crop of these slider positions, each moved to the nearest that the slider has:
    /// `zoom` 100 to 300 percent, `x` and `y` 0 to 100 percent of the way across and down.
    pub fn clamped(zoom: u16, x: u8, y: u8) -> Crop {
        Crop { zoom: zoom.clamp(100, 300), x: x.min(100), y: y.min(100), turn: Turn::default() }
    }

    /// The same sliders on a picture that is turned first.
    pub fn with_turn(self, turn: Turn) -> Crop {
        Crop { turn, ..self }
    }

    /// How the picture is turned before the square is cut out.
    pub fn turn(self) -> Turn {
        self.turn
    }

    /// The picture turned on by a quarter clockwise, with the same part of it in the square.
    pub fn turned_right(self) -> Crop {
        let turn = Turn { quarters: (self.turn.quarters + 1) % 4, ..self.turn };
        Crop { x: 100 - self.y, y: self.x, turn, ..self }
    }

    /// The same counterclockwise.
    pub fn turned_left(self) -> Crop {
        let turn = Turn { quarters: (self.turn.quarters + 3) % 4, ..self.turn };
        Crop { x: self.y, y: 100 - self.x, turn, ..self }
    }

    /// Left and right of what shows, changed over. What was turned one way before is then turned the other.
    pub fn mirrored(self) -> Crop {
        let turn = Turn { quarters: (4 - self.turn.quarters) % 4, mirrored: !self.turn.mirrored };
        Crop { x: 100 - self.x, turn, ..self }
    }

    /// Percent by which the picture is enlarged within the square, 100 to 300.
    pub fn zoom(self) -> u16 {
        self.zoom
    }

    /// Percent of the way across, 0 to 100.
    pub fn x(self) -> u8 {
        self.x
    }

    /// Percent of the way down, 0 to 100.
    pub fn y(self) -> u8 {
        self.y
    }

    /// Where the square lies in an upright picture of this size, by the formula the editor's style sheet shows.
    pub fn square(self, width: u32, height: u32) -> Square {
        let (width, height) = (f64::from(width), f64::from(height));
        let side = (width.min(height) * 100.0 / f64::from(self.zoom)).max(1.0);
        Square {
            left: (width - side) * f64::from(self.x) / 100.0,
            top: (height - side) * f64::from(self.y) / 100.0,
            side,
        }
    }
}

impl Default for Crop {
    /// The largest square in the middle.
    fn default() -> Crop {
        Crop::clamped(100, 50, 50)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_crop_is_the_largest_square_in_the_middle() {
        let square = Crop::default().square(4000, 3000);
        assert_eq!(square, Square { left: 500.0, top: 0.0, side: 3000.0 });
    }

    #[test]
    fn zoom_and_position_follow_the_editors_formula() {
        let square = Crop::clamped(200, 100, 25).square(300, 400);
        assert_eq!(square, Square { left: 150.0, top: 62.5, side: 150.0 });
    }

    #[test]
    fn sliders_beyond_their_ends_are_moved_to_them() {
        assert_eq!(Crop::clamped(0, 255, 101), Crop::clamped(100, 100, 100));
        assert_eq!(Crop::clamped(9000, 0, 0).zoom(), 300);
    }

    #[test]
    fn a_square_never_has_less_than_a_pixel_and_stays_inside() {
        for (width, height) in [(1, 1), (1, 50_000), (50_000, 1), (2, 3)] {
            for zoom in [100, 101, 300] {
                let square = Crop::clamped(zoom, 100, 100).square(width, height);
                assert!(square.side >= 1.0);
                assert!(square.left + square.side <= f64::from(width));
                assert!(square.top + square.side <= f64::from(height));
            }
        }
    }

    #[test]
    fn what_shows_stays_in_the_square_however_the_picture_is_turned() {
        let seen = |crop: Crop| {
            // The middle of the square in a picture of 300 by 200, as the turned picture has it.
            let sideways = crop.turn().degrees() % 180 == 90;
            let (width, height) = if sideways { (200, 300) } else { (300, 200) };
            let Square { left, top, side } = crop.square(width, height);
            let (x, y) = (left + side / 2.0, top + side / 2.0);
            // Turned back, then mirrored back.
            let (x, y) = match crop.turn().degrees() {
                90 => (y, 200.0 - x),
                180 => (300.0 - x, 200.0 - y),
                270 => (300.0 - y, x),
                _ => (x, y),
            };
            let x = if crop.turn().is_mirrored() { 300.0 - x } else { x };
            (x.round() as i64, y.round() as i64)
        };
        let start = Crop::clamped(200, 20, 70);
        let mut crop = start;
        let acts: [fn(Crop) -> Crop; 3] = [Crop::turned_right, Crop::turned_left, Crop::mirrored];
        for act in [0, 0, 2, 0, 2, 1, 2, 0, 0, 1, 2, 2, 0] {
            crop = acts[act](crop);
            assert_eq!(seen(crop), seen(start), "{crop:?}");
        }
    }

    #[test]
    fn four_quarters_and_two_mirrors_are_nothing() {
        let start = Crop::clamped(150, 10, 30);
        let round = (0..4).fold(start, |crop, _| crop.turned_right());
        assert_eq!(round, start);
        assert_eq!(start.turned_right().turned_left(), start);
        assert_eq!(start.turned_right().mirrored().mirrored(), start.turned_right());
        assert_eq!(start.mirrored().turned_right().mirrored(), start.turned_left());
        assert_eq!(Turn::new(450, false).degrees(), 90);
        assert_eq!(Turn::new(91, true), Turn::new(90, true));
    }
}
