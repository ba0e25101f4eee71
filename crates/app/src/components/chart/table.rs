//! The figures of charts as a table: the same as the lines, for whoever reads instead of looks.

use super::{
    Span,
    words::{figure, moment},
};
use leptos::prelude::*;
use read_models::workloads::{Coverage, Point, Series};

/// The series that have points, a column each, the newest first. Folded until somebody wants it.
#[component]
pub(crate) fn FigureTable(series: Vec<Series>, span: Span) -> impl IntoView {
    let series: Vec<Series> = series.into_iter().filter(|each| !each.points.is_empty()).collect();
    let heads = series.iter().map(|each| view! { <th scope="col">{each.measure.word()}</th> }).collect_view();
    let rows = rows(&series).into_iter().rev().map(|row| row_view(&row, &series, span)).collect_view();
    view! {
        <details class="figures">
            <summary>"The figures as a table"</summary>
            <table class="list panel">
                <thead><tr><th scope="col">"From, UTC"</th>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
}

/// A row: a point of each series; or several in a row in which there is nothing of any.
struct Row {
    first: usize,
    last: usize,
    is_empty: bool,
}

fn rows(series: &[Series]) -> Vec<Row> {
    let count = series.iter().map(|each| each.points.len()).max().unwrap_or(0);
    let mut rows: Vec<Row> = Vec::new();
    for index in 0..count {
        let is_empty =
            series.iter().all(|each| each.points.get(index).is_none_or(|point| point.figures.is_none()));
        match rows.last_mut() {
            Some(row) if row.is_empty && is_empty => row.last = index,
            Some(_) | None => rows.push(Row { first: index, last: index, is_empty }),
        }
    }
    rows
}

fn row_view(row: &Row, series: &[Series], span: Span) -> impl IntoView + use<> {
    let at = |index: usize| span.from.plus(span.step * u32::try_from(index).unwrap_or(u32::MAX));
    let begin = moment(at(row.first), span);
    let time =
        if row.first == row.last { begin } else { format!("{begin} – {}", moment(at(row.last + 1), span)) };
    let cells = series
        .iter()
        .map(|each| {
            let said = each.points.get(row.first).map(|point| cell(*point, each));
            view! { <td data-label=each.measure.word()>{said.unwrap_or_else(|| "not due yet".to_owned())}</td> }
        })
        .collect_view();
    view! { <tr><td data-label="From, UTC">{time}</td>{cells}</tr> }
}

fn cell(point: Point, series: &Series) -> String {
    let words = |value| figure(series.unit, value);
    match (point.figures, point.coverage) {
        (Some(figures), coverage) => {
            let range = (figures.min != figures.max)
                .then(|| format!(" ({} to {})", words(figures.min), words(figures.max)));
            let part = (coverage == Coverage::Partial).then_some(", partial");
            format!("{}{}{}", words(figures.avg), range.unwrap_or_default(), part.unwrap_or_default())
        }
        (None, Coverage::NotThere) => "not there".to_owned(),
        (None, Coverage::Gap | Coverage::Partial | Coverage::Whole) => "not measured".to_owned(),
    }
}
