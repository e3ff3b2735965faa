//! Charts as SVG: bars or lines over labelled values. Owns the drawing; the numbers also stand in the table below a chart,
//! so whoever cannot see it misses nothing. Whole numbers in, no script, no fonts from elsewhere. The drawing itself holds
//! figures and units only; its name and its legend are words beside it, so that a page says them in its reader's language.
//! A chart that cannot be drawn is none: the table remains.

use super::Words;
use plotters::coord::Shift;
use plotters::coord::combinators::{BindKeyPoints, WithKeyPoints};
use plotters::coord::types::{RangedCoordu64, RangedCoordusize};
use plotters::prelude::*;
use serde::Serialize;
use std::error::Error;

/// Wide enough for a month of days, narrow enough to be read on a phone.
const SIZE: (u32, u32) = (420, 200);
/// Told apart by their lightness too; each at least three to one on white.
const COLOURS: [RGBColor; 3] = [RGBColor(31, 95, 168), RGBColor(201, 106, 18), RGBColor(90, 90, 90)];
/// Text and axes.
const INK: RGBColor = RGBColor(60, 60, 60);
const GRID: RGBColor = RGBColor(225, 225, 225);
const FONT: (&str, i32) = ("sans-serif", 13);
/// Room for the labels below.
const LABELS: usize = 340;
/// A letter is at most this wide.
const LETTER: usize = 8;

type Drawn = Result<(), Box<dyn Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Axes<'c, 'a> =
    ChartContext<'c, SVGBackend<'a>, Cartesian2d<WithKeyPoints<RangedCoordusize>, WithKeyPoints<RangedCoordu64>>>;

/// What is counted: its name, and how many of the values make one.
///
/// ```
/// use provisor::view::chart::Unit;
/// assert_eq!(Unit { name: "GB", size: 1_000_000_000 }.text(2_345_000_000), "2.34 GB");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit<'a> {
    /// Such as `GB`.
    pub name: &'a str,
    /// Such as 1 000 000 000 for values in bytes; 0 counts as 1.
    pub size: u64,
}

impl Unit<'_> {
    /// The value in this unit, cut to two places, without trailing zeros.
    pub fn text(&self, value: u64) -> String {
        let size = u128::from(self.size.max(1));
        let hundredths = u128::from(value) * 100 / size;
        let (whole, part) = (hundredths / 100, hundredths % 100);
        let number = match (part, part % 10) {
            (0, _) => whole.to_string(),
            (_, 0) => format!("{whole}.{}", part / 10),
            _ => format!("{whole}.{part:02}"),
        };
        format!("{number} {}", self.name).trim_end().to_owned()
    }

    /// The same always with two places, for columns of numbers.
    ///
    /// ```
    /// use provisor::view::chart::Unit;
    /// assert_eq!(Unit { name: "GB", size: 1_000_000_000 }.column(2_300_000_000), "2.30 GB");
    /// ```
    pub fn column(&self, value: u64) -> String {
        let hundredths = u128::from(value) * 100 / u128::from(self.size.max(1));
        let number = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        format!("{number} {}", self.name).trim_end().to_owned()
    }
}

/// One row of values, as long as the chart's labels; missing ones are not drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series<'a> {
    /// Its name in the legend.
    pub name: Words,
    /// The values in the chart's base unit, such as bytes.
    pub values: &'a [u64],
}

/// A chart.
///
/// ```
/// use provisor::view::Words;
/// use provisor::view::chart::{Chart, Series, Unit};
/// let drawing = Chart {
///     about: Words::new("sample.chart", "Bandwidth, received and sent by day."),
///     unit: Unit { name: "GB", size: 1_000_000_000 },
///     labels: &["1".into(), "2".into()],
///     series: &[Series { name: Words::new("sample.in", "In"), values: &[5_000_000_000, 7_000_000_000] }],
/// }
/// .bars()
/// .unwrap();
/// assert!(drawing.svg.starts_with("<svg ") && drawing.legend[0].name.text == "In");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart<'a> {
    /// One or two sentences about what is shown; a screen reader says them.
    pub about: Words,
    /// The unit of the axis.
    pub unit: Unit<'a>,
    /// One label for each place on the horizontal axis.
    pub labels: &'a [String],
    /// At most three are told apart.
    pub series: &'a [Series<'a>],
}

/// A chart as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drawing {
    /// What is shown; the name of the drawing for a screen reader.
    pub about: Words,
    /// Each series with its colour.
    pub legend: Vec<Entry>,
    /// The drawing, without any words.
    pub svg: String,
}

/// A line of a legend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Such as `#1f5fa8`.
    pub colour: String,
    /// The series.
    pub name: Words,
}

impl Chart<'_> {
    /// Bars beside each other at each label.
    pub fn bars(&self) -> Option<Drawing> {
        self.finished(|area| self.draw_bars(area))
    }

    /// A line for each series.
    pub fn lines(&self) -> Option<Drawing> {
        self.finished(|area| self.draw_lines(area))
    }

    /// Nothing to draw, or the drawing with its name and legend.
    fn finished(&self, draw: impl Fn(&Area) -> Drawn) -> Option<Drawing> {
        if self.labels.is_empty() || self.series.iter().all(|s| s.values.is_empty()) {
            return None;
        }
        let mut svg = String::new();
        self.draw(&mut svg, draw).ok()?;
        // Our own opening tag in place of the library's: scaled by the page, and silent, because the page names it.
        let (_, body) = svg.split_once("<svg ").and_then(|(_, rest)| rest.split_once('>'))?;
        let ((width, height), body) = (SIZE, body.trim());
        Some(Drawing {
            about: self.about.clone(),
            legend: self.series.iter().enumerate().map(entry).collect(),
            svg: format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"100%\" \
                 aria-hidden=\"true\" focusable=\"false\">{body}"
            ),
        })
    }

    fn draw(&self, svg: &mut String, draw: impl Fn(&Area) -> Drawn) -> Drawn {
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        draw(&root)?;
        root.present()?;
        Ok(())
    }

    /// A label is as wide as two parts for each series and one to either side.
    fn draw_bars(&self, area: &Area) -> Drawn {
        let each = self.series.len().saturating_add(1).saturating_mul(2);
        let middle = each / 2;
        let mut axes = self.axes(area, each, middle, self.labels.len().saturating_mul(each))?;
        for (n, series) in self.series.iter().enumerate() {
            let shift = n.saturating_mul(2).saturating_add(1);
            let bars = series.values.iter().take(self.labels.len()).enumerate();
            axes.draw_series(bars.map(|(i, value)| {
                let left = i.saturating_mul(each).saturating_add(shift);
                Rectangle::new([(left, 0), (left.saturating_add(2), *value)], colour(n).filled())
            }))?;
        }
        Ok(())
    }

    fn draw_lines(&self, area: &Area) -> Drawn {
        let mut axes = self.axes(area, 1, 0, self.labels.len().saturating_sub(1).max(1))?;
        for (n, series) in self.series.iter().enumerate() {
            let points = series.values.iter().take(self.labels.len()).copied().enumerate();
            axes.draw_series(LineSeries::new(points.clone(), colour(n).stroke_width(2)))?;
            axes.draw_series(points.map(|point| Circle::new(point, 3, colour(n).filled())))?;
        }
        Ok(())
    }

    /// The axes: a label stands at `middle` of each of its `each` wide places; the vertical ticks are round in the unit.
    fn axes<'c, 'a>(
        &self,
        area: &'c Area<'a>,
        each: usize,
        middle: usize,
        width: usize,
    ) -> Result<Axes<'c, 'a>, Box<dyn Error>> {
        let longest = self.labels.iter().map(|l| l.chars().count()).max().unwrap_or(0);
        let most = (LABELS / longest.saturating_mul(LETTER).saturating_add(LETTER)).max(2);
        let every = self.labels.len().div_ceil(most).max(1);
        let places: Vec<usize> = (0..self.labels.len())
            .step_by(every)
            .map(|i| i.saturating_mul(each).saturating_add(middle))
            .collect();
        let ticks = self.ticks();
        let top = ticks.last().copied().unwrap_or(1);
        let mut axes = ChartBuilder::on(area)
            .margin_top(10)
            .margin_right(12)
            .x_label_area_size(26)
            .y_label_area_size(66)
            .build_cartesian_2d((0..width).with_key_points(places), (0..top).with_key_points(ticks))?;
        let label = |x: &usize| {
            let at = x.saturating_sub(middle).checked_div(each).unwrap_or(0);
            self.labels.get(at).cloned().unwrap_or_default()
        };
        axes.configure_mesh()
            .disable_x_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(INK)
            .label_style(FONT.into_font().color(&INK))
            .x_label_formatter(&label)
            .y_label_formatter(&|value| self.unit.text(*value))
            .draw()?;
        Ok(axes)
    }

    /// From zero in at most five steps of 1, 2 or 5 times a power of ten of the unit's hundredth, to at least the highest.
    fn ticks(&self) -> Vec<u64> {
        let highest = self.series.iter().flat_map(|s| s.values.iter().copied()).max();
        let highest = u128::from(highest.unwrap_or(0).max(1));
        let size = u128::from(self.unit.size.max(1));
        // Rounded up, because the text of a value is cut.
        let value = |hundredths: u128| hundredths.saturating_mul(size).div_ceil(100);
        let mut power = if size == 1 { 100 } else { 1 };
        let step: u128 = loop {
            let steps = [1, 2, 5].map(|by| by * power);
            if let Some(step) = steps.into_iter().find(|step| value(step * 5) >= highest) {
                break step;
            }
            power *= 10;
        };
        let mut ticks = vec![0];
        for n in 1..=5 {
            let tick = value(step * n);
            ticks.push(u64::try_from(tick).unwrap_or(u64::MAX));
            if tick >= highest {
                break;
            }
        }
        ticks
    }
}

fn colour(n: usize) -> RGBColor {
    COLOURS.get(n % COLOURS.len()).copied().unwrap_or(INK)
}

fn entry((n, series): (usize, &Series)) -> Entry {
    let RGBColor(red, green, blue) = colour(n);
    Entry {
        colour: format!("#{red:02x}{green:02x}{blue:02x}"),
        name: series.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    const GB: Unit<'static> = Unit {
        name: "GB",
        size: 1_000_000_000,
    };

    fn chart<'a>(labels: &'a [String], series: &'a [Series<'a>]) -> Chart<'a> {
        Chart {
            about: Words::raw("In & out by <day>."),
            unit: GB,
            labels,
            series,
        }
    }

    fn days(n: usize) -> Vec<String> {
        (1..=n).map(|d| d.to_string()).collect()
    }

    #[test]
    fn the_drawing_holds_no_words_and_its_legend_has_a_colour_for_each_series() {
        let named = |name: &str| Series {
            name: Words::raw(name),
            values: &[1],
        };
        let drawing = chart(&days(1), &[named("a<b"), named("c")]).bars().unwrap();
        assert_eq!(drawing.about.text, "In & out by <day>.");
        let legend: Vec<(&str, &str)> = drawing
            .legend
            .iter()
            .map(|e| (e.colour.as_str(), e.name.text.as_str()))
            .collect();
        assert_eq!(legend, [("#1f5fa8", "a<b"), ("#c96a12", "c")]);
        for (colour, _) in legend {
            assert!(drawing.svg.to_lowercase().contains(colour), "{colour}");
        }
        assert!(!drawing.svg.contains("a&lt;b") && !drawing.svg.contains("day"));
        assert!(drawing.svg.ends_with("</svg>"));
    }

    #[test]
    fn nothing_is_loaded_and_nothing_runs() {
        let labels = days(31);
        let values: Vec<u64> = (0..31).map(|d| d * 1_500_000_000).collect();
        let series = [
            Series {
                name: Words::raw("In"),
                values: &values,
            },
            Series {
                name: Words::raw("Out"),
                values: &values,
            },
        ];
        for drawing in [chart(&labels, &series).bars(), chart(&labels, &series).lines()] {
            let svg = drawing.unwrap().svg;
            for word in ["<script", "href", "url(", "<style", "@import", "onload"] {
                assert!(!svg.contains(word), "{word}");
            }
            assert!(svg.matches("http").count() == 1, "only the name space");
        }
    }

    #[test]
    fn every_value_gets_its_bar_and_its_point() {
        let labels = days(31);
        let values = vec![3_000_000_000; 31];
        let series = [
            Series {
                name: Words::raw("In"),
                values: &values,
            },
            Series {
                name: Words::raw("Out"),
                values: &values,
            },
        ];
        let bars = chart(&labels, &series).bars().unwrap().svg;
        // The ground, and the bars.
        assert_eq!(bars.matches("<rect").count(), 1 + 62);
        let lines = chart(&labels, &series).lines().unwrap().svg;
        assert_eq!(lines.matches("<circle").count(), 62);
    }

    #[test]
    fn nothing_to_draw_is_no_chart_and_odd_values_are_one() {
        assert_eq!(chart(&[], &[]).bars(), None);
        assert_eq!(chart(&days(2), &[]).lines(), None);
        let wild = [Series {
            name: Words::raw("x"),
            values: &[0, u64::MAX, 0, 7, 8],
        }];
        for (labels, series) in [(days(2), &wild), (days(1), &wild), (days(400), &wild)] {
            assert!(chart(&labels, series).bars().is_some());
            assert!(chart(&labels, series).lines().is_some());
        }
        let idle = [Series {
            name: Words::raw("x"),
            values: &[0, 0],
        }];
        assert!(chart(&days(2), &idle).lines().is_some());
    }

    #[test]
    fn ticks_are_round_in_the_unit() {
        let ticks = |highest: u64, unit: Unit| {
            let values = [highest];
            let series = [Series {
                name: Words::raw("x"),
                values: &values,
            }];
            let ticks = Chart {
                unit,
                ..chart(&[], &series)
            }
            .ticks();
            assert!(ticks.len() <= 6 && *ticks.last().unwrap() >= highest, "{ticks:?}");
            ticks.into_iter().map(|t| unit.text(t)).collect::<Vec<_>>()
        };
        assert_eq!(
            ticks(9_400_000_000, GB),
            ["0 GB", "2 GB", "4 GB", "6 GB", "8 GB", "10 GB"]
        );
        assert_eq!(ticks(140_000_000, GB), ["0 GB", "0.05 GB", "0.1 GB", "0.15 GB"]);
        let mib = Unit {
            name: "MiB",
            size: 1 << 20,
        };
        assert_eq!(ticks(250 << 20, mib)[1..3], ["50 MiB", "100 MiB"]);
        assert_eq!(ticks(3, Unit { name: "", size: 1 }), ["0", "1", "2", "3"]);
    }

    #[test]
    fn values_are_cut_not_rounded_up() {
        assert_eq!(GB.text(0), "0 GB");
        assert_eq!(GB.text(1_999_999_999), "1.99 GB");
        assert_eq!(GB.text(1_500_000_000), "1.5 GB");
        assert_eq!(GB.text(50_000_000), "0.05 GB");
        assert_eq!(Unit { name: "", size: 0 }.text(u64::MAX), u64::MAX.to_string());
    }
}
