//! A series of measurements as a line: SVG that is made on the server and needs no script. Used for workloads.
//!
//! A gap is a gap in the line and a shaded stretch; a partial point is hollow and the line to it is dashed. The scale and
//! the times stand beside the drawing as text, so that they stay readable however narrow it is. Whoever does not see the
//! drawing reads its description here and the figures in `FigureTable`.

mod drawing;
mod scale;
mod table;
mod words;

use self::drawing::Drawing;
use self::words::{moment, stretch};
use leptos::prelude::*;
use read_models::time::Timestamp;
use read_models::workloads::{Coverage, Series};
use scale::Scale;
use std::time::Duration;

pub(crate) use self::table::FigureTable;
pub(crate) use self::words::figure;

/// The stretch of time a chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) step: Duration,
}

/// How many times stand under a chart.
const TIMES: u32 = 4;

/// One series under its name: the newest figure, the line, where nothing was measured.
#[component]
pub(crate) fn SeriesChart(series: Series, span: Span) -> impl IntoView {
    let (title, key) = (series.measure.word(), series.measure.key());
    let (title_id, description_id) = (format!("chart-{key}"), format!("chart-{key}-description"));
    let labelled_by = format!("{title_id} {description_id}");
    let description = description(&series, span);
    let scale = Scale::of(&series);
    let drawing = Drawing::of(&series, span, &scale);
    let view_box = drawing.view_box();
    let unit = series.unit;
    let ticks = scale.ticks().map(|value| view! { <li>{figure(unit, value)}</li> }).collect_view();
    let newest = series.summary.map(|summary| figure(unit, summary.last));
    view! {
        <figure class="chart panel" data-series=key>
            <figcaption>
                <h3>{title}</h3>
                <strong class="chart-now">{newest}</strong>
                <small>{summary_words(&series)}</small>
            </figcaption>
            <div class="plot">
                <ol class="ticks-y" aria-hidden="true">{ticks}</ol>
                <svg
                    viewBox=view_box
                    preserveAspectRatio="none"
                    role="img"
                    aria-labelledby=labelled_by
                >
                    <title id=title_id>{title}</title>
                    <desc id=description_id>{description}</desc>
                    <path class="chart-gap" d=drawing.gaps></path>
                    <path class="chart-grid" d=drawing.grid></path>
                    <path class="chart-range" d=drawing.range></path>
                    <path class="chart-limit" d=drawing.limit></path>
                    <path class="chart-line" d=drawing.whole></path>
                    <path class="chart-line partial" d=drawing.partial></path>
                    <path class="chart-dot" d=drawing.dots></path>
                    <path class="chart-dot partial" d=drawing.hollow.clone()></path>
                    <path class="chart-hole" d=drawing.hollow></path>
                </svg>
                <ol class="ticks-x" aria-hidden="true">{times(span)}</ol>
            </div>
            {missing(&series, span)}
            <p class="quiet-words">{series.measure.meaning()}</p>
        </figure>
    }
}

fn times(span: Span) -> impl IntoView {
    let whole = span.until.since(span.from);
    (0..TIMES)
        .map(|n| view! { <li>{moment(span.from.plus(whole * n / (TIMES - 1)), span)}</li> })
        .collect_view()
}

/// `least 0.1 · mean 1.2 · most 2 · limit 4 of its SKU`.
fn summary_words(series: &Series) -> String {
    let of = |value| figure(series.unit, value);
    let summary = series
        .summary
        .map(|all| format!("least {} · mean {} · most {}", of(all.min), of(all.avg), of(all.max)));
    let limit = series.limit.as_ref().map(|limit| format!("limit {} {}", of(limit.value), limit.words));
    summary.into_iter().chain(limit).collect::<Vec<_>>().join(" · ")
}

/// Where nothing was measured, the newest first; the rest is in the table.
fn missing(series: &Series, span: Span) -> Option<impl IntoView + use<>> {
    const SHOWN: usize = 3;
    let more = series.gaps.len().saturating_sub(SHOWN);
    let shown: Vec<_> = series.gaps.iter().rev().take(SHOWN).map(|gap| stretch(*gap, span)).collect();
    let more = (more > 0).then(|| format!(", and {more} more"));
    (!shown.is_empty()).then(|| {
        view! { <p class="chart-missing" data-gaps=series.gaps.len()>"Not measured: " {shown.join("; ")} {more} "."</p> }
    })
}

/// The drawing in words.
fn description(series: &Series, span: Span) -> String {
    let mut said = vec![format!(
        "The mean of each {} from {} to {} UTC.",
        read_models::time::spoken(span.step),
        moment(span.from, span),
        moment(span.until, span)
    )];
    if let Some(all) = series.summary {
        said.push(format!("{}.", capital(&summary_words(series))));
        said.push(format!("Newest {} at {}.", figure(series.unit, all.last), moment(all.last_at, span)));
    }
    match series.points.iter().filter(|point| point.coverage == Coverage::Partial).count() {
        0 => {}
        1 => said.push("One point is of a part of its time.".to_owned()),
        many => said.push(format!("{many} points are of a part of their time.")),
    }
    if !series.gaps.is_empty() {
        let gaps: Vec<_> = series.gaps.iter().map(|gap| stretch(*gap, span)).collect();
        said.push(format!("Not measured: {}.", gaps.join("; ")));
    }
    said.push("The figures stand in the table below.".to_owned());
    said.join(" ")
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What the marks of a chart mean. Stands once above all of them.
#[component]
pub(crate) fn ChartLegend(#[prop(into)] each: String) -> impl IntoView {
    view! {
        <ul class="chart-legend">
            <li data-mark="line">"Mean of each " {each}</li>
            <li data-mark="range">"Least to most"</li>
            <li data-mark="partial">"A part of its time was measured"</li>
            <li data-mark="gap">"Not measured"</li>
            <li data-mark="limit">"Limit"</li>
        </ul>
    }
}
