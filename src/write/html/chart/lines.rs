//! Lines over months. Each has its marker and its name at the end; incomplete months are dashed and hollow.

use maud::{Markup, html};

use super::scale::Scale;
use super::{Px, WIDTH, fitted, picture, width};
use crate::quantity::Quantity;

/// More lines than this are told apart by nobody.
pub(crate) const LINES_MAX: usize = 8;

const TOP: i64 = 240;
const PLOT: i64 = 2_000;
const FOOT: i64 = 320;
const LABEL_HEIGHT: i64 = 150;
const LABEL_ROOM: i64 = 1_400;
const RADIUS: i64 = 40;

/// Shapes around a point, one for each line.
const MARKERS: [&str; LINES_MAX] = [
    "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "m-3.6-3.6h7.2v7.2h-7.2z",
    "m0-4.8 4.6 8.2h-9.2z",
    "m0-5.2 5.2 5.2-5.2 5.2-5.2-5.2z",
    "m0 4.8 4.6-8.2h-9.2z",
    "m-1.6-4.8h3.2v3.2h3.2v3.2h-3.2v3.2h-3.2v-3.2h-3.2v-3.2h3.2z",
    "m-5-2.6h10v5.2h-10z",
    "m-2.6-5h5.2v10h-5.2z",
];

/// A month along the foot.
#[derive(Clone, Debug)]
pub(crate) struct Month {
    pub label: String,
    pub is_partial: bool,
}

/// One line: its name, and a figure for each month that has one.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub name: String,
    pub quantities: Vec<Option<Quantity>>,
}

/// Draws lines of one unit, eight at most.
pub(crate) fn draw(id: &str, title: &str, description: &str, months: &[Month], lines: &[Line]) -> Markup {
    let lines = &lines[..lines.len().min(LINES_MAX)];
    let scale = Scale::new(lines.iter().flat_map(|line| line.quantities.iter().copied().flatten()), PLOT);
    let names = lines.iter().map(|line| width(&line.name)).max().unwrap_or_default().min(LABEL_ROOM);
    let ticks = scale.ticks().iter().map(|(_, label)| width(label)).max().unwrap_or_default();
    let plot = Plot { left: ticks + 80, right: WIDTH - names - 240, scale, months };
    let content = html! {
        (plot.draw_axes())
        @for (index, line) in lines.iter().enumerate() { (plot.draw_line(index, line)) }
        (plot.draw_names(lines))
    };
    picture(id, TOP + PLOT + FOOT, (title, description), &content)
}

struct Plot<'a> {
    left: i64,
    right: i64,
    scale: Scale,
    months: &'a [Month],
}

impl Plot<'_> {
    fn x(&self, month: usize) -> i64 {
        let last = self.months.len() as i64 - 1;
        let inner = self.right - self.left - 4 * RADIUS;
        self.left + 2 * RADIUS + if last == 0 { inner / 2 } else { inner * month as i64 / last }
    }

    fn y(&self, quantity: Quantity) -> i64 {
        TOP + PLOT - self.scale.at(quantity)
    }

    fn draw_axes(&self) -> Markup {
        let ticks = self.scale.ticks();
        let zero = self.scale.zero();
        html! {
            @for (class, is_zero) in [("grid", false), ("axis", true)] {
                path class=(class) d={
                    @for (at, _) in ticks.iter().filter(|(at, _)| (*at == zero) == is_zero) {
                        "M" (Px(self.left)) " " (Px(TOP + PLOT - at)) "H" (Px(self.right))
                    }
                } {}
            }
            @for (at, label) in &ticks {
                text.tick.n x=(Px(self.left - 60)) y=(Px(TOP + PLOT - at + 40)) { (label) }
            }
            @if let Some(magnitude) = self.scale.magnitude() { text.tick y="110" { (magnitude) } }
            (self.draw_months())
        }
    }

    /// As many labels as have room, the last one always among them.
    fn draw_months(&self) -> Markup {
        let longest = self.months.iter().map(|month| width(&month.label)).max().unwrap_or_default() + 120;
        let room = ((self.right - self.left + longest) / longest).max(1) as usize;
        let every = self.months.len().div_ceil(room).max(1);
        let last = self.months.len() - 1;
        let labelled = (0..).zip(self.months).filter(|(index, _)| (last - index).is_multiple_of(every));
        html! { @for (index, month) in labelled {
            text.tick.c x=(Px(self.x(index))) y=(Px(TOP + PLOT + 200)) { (month.label) }
        } }
    }

    fn draw_line(&self, index: usize, line: &Line) -> Markup {
        let points: Vec<(usize, Quantity)> = (0..).zip(&line.quantities).filter_map(of_month).collect();
        let (mut whole, mut dashed) = (String::new(), String::new());
        for pair in points.windows(2).filter(|pair| pair[0].0 + 1 == pair[1].0) {
            let [from, to] = [pair[0], pair[1]].map(|(month, quantity)| (self.x(month), self.y(quantity)));
            let is_partial = self.months[pair[1].0].is_partial || self.months[pair[0].0].is_partial;
            let path = if is_partial { &mut dashed } else { &mut whole };
            path.push_str(&format!("M{} {}L{} {}", Px(from.0), Px(from.1), Px(to.0), Px(to.1)));
        }
        html! {
            @for (is_dashed, path) in [(false, &whole), (true, &dashed)] {
                @if !path.is_empty() { path.line.dashed[is_dashed].{ "s" (index + 1) } d=(path) {} }
            }
            @for (month, quantity) in points {
                (draw_marker(index, (self.x(month), self.y(quantity)), self.months[month].is_partial))
            }
        }
    }

    /// Each name stands at the end of its line, or as near as the others let it.
    fn draw_names(&self, lines: &[Line]) -> Markup {
        let end = |line: &Line| line.quantities.iter().rev().copied().flatten().next();
        let mut wanted: Vec<(i64, usize)> =
            (0..).zip(lines).filter_map(|(index, line)| Some((self.y(end(line)?), index))).collect();
        wanted.sort_unstable();
        html! { @for (place, (_, index)) in apart(&wanted).into_iter().zip(&wanted) {
            (draw_marker(*index, (self.right + 120, place), false))
            text x=(Px(self.right + 210)) y=(Px(place + 40)) { (fitted(&lines[*index].name, LABEL_ROOM)) }
        } }
    }
}

fn draw_marker(index: usize, (x, y): (i64, i64), is_hollow: bool) -> Markup {
    html! {
        path.marker.hollow[is_hollow].{ "s" (index + 1) } d={ "M" (Px(x)) " " (Px(y)) (MARKERS[index]) } {}
    }
}

fn of_month((month, quantity): (usize, &Option<Quantity>)) -> Option<(usize, Quantity)> {
    Some((month, (*quantity)?))
}

/// Places in their order, far enough from one another and within the plot where there is room.
fn apart(wanted: &[(i64, usize)]) -> Vec<i64> {
    let mut places: Vec<i64> = wanted.iter().map(|(place, _)| *place).collect();
    for index in 1..places.len() {
        places[index] = places[index].max(places[index - 1] + LABEL_HEIGHT);
    }
    let mut limit = TOP + PLOT;
    for place in places.iter_mut().rev() {
        *place = (*place).min(limit);
        limit = *place - LABEL_HEIGHT;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(label: &str, is_partial: bool) -> Month {
        Month { label: label.to_owned(), is_partial }
    }

    fn line(units: &[Option<i128>]) -> Line {
        let quantity = |units: &Option<i128>| units.map(|units| Quantity::from_hundredths(units * 100));
        Line { name: "cpu".to_owned(), quantities: units.iter().map(quantity).collect() }
    }

    fn drawn(months: &[Month], lines: &[Line]) -> String {
        draw("c1", "t", "d", months, lines).into_string()
    }

    #[test]
    fn only_what_leads_to_a_month_that_is_not_over_is_dashed() {
        let months = [month("a", false), month("b", false), month("c*", true)];
        let svg = drawn(&months, &[line(&[Some(1), Some(2), Some(3)])]);
        assert_eq!(svg.matches("class=\"line s1\"").count(), 1);
        assert_eq!(svg.matches("class=\"line s1 dashed\"").count(), 1);
        assert_eq!(svg.matches("marker s1 hollow").count(), 1);
    }

    #[test]
    fn a_month_without_records_is_a_gap() {
        let months = [month("a", false), month("b", false), month("c", false)];
        let svg = drawn(&months, &[line(&[Some(1), None, Some(3)])]);
        assert!(!svg.contains("class=\"line"), "{svg}");
        assert_eq!(svg.matches("\"marker s1\"").count(), 3, "two months and the name's own");
    }

    #[test]
    fn names_keep_apart_and_stay_on_the_picture() {
        let foot = TOP + PLOT;
        let places = apart(&[(300, 0), (310, 1), (foot, 2), (foot, 3)]);
        assert_eq!(places, [300, 450, foot - 150, foot]);
    }

    #[test]
    fn one_month_and_none_have_a_picture() {
        assert!(drawn(&[month("a", false)], &[line(&[Some(1)])]).ends_with("</svg>"));
        assert!(drawn(&[month("a", false)], &[]).ends_with("</svg>"));
    }
}
