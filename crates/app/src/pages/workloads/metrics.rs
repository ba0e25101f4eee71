//! What a workload uses: what is active (the newest figures), and since when something is missing.

use super::{calls::load_workload_metrics, detail::above};
use crate::{
    components::{
        again::AskedAgain,
        chart::{ChartLegend, FigureTable, SeriesChart, Span},
        page::page,
    },
    pages::{asked, id_of_address},
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{
    navigation::{Address, RouteId},
    time::spoken,
    workloads::{MetricsWindow, Series, WorkloadMetrics},
};
use std::time::Duration;

/// `/workloads/:id/metrics`
#[component]
pub(crate) fn WorkloadMetricsPage() -> impl IntoView {
    let (id, window) = (id_of_address(), asked("window"));
    let chosen = window.as_deref().and_then(MetricsWindow::parse).unwrap_or_default();
    let metrics = load_workload_metrics(id, chosen);
    page(RouteId::WorkloadMetrics, metrics, workflow)
}

fn workflow(metrics: WorkloadMetrics) -> AnyView {
    let head = above(RouteId::WorkloadMetrics, &metrics.head, metrics.as_of);
    view! {
        {head}
        <AskedAgain/>
        <Section title="Metrics" field="metrics" aside="by the server's clock, in UTC">
            {windows(&metrics)}
            <p data-field="standing">{metrics.standing.clone()}</p>
            {charts(metrics)}
        </Section>
    }
    .into_any()
}

/// How far back: a link each.
fn windows(metrics: &WorkloadMetrics) -> impl IntoView + use<> {
    let link = |window: MetricsWindow| {
        let href = Address::WorkloadMetrics { id: metrics.head.row.id.clone(), window }.to_string();
        let current = (window == metrics.window).then_some("true");
        view! { <a class="view-link" href=href aria-current=current>{window.word()}</a> }
    };
    let links = MetricsWindow::ALL.map(link).collect_view();
    view! { <nav class="windows" aria-label="How far back">{links}</nav> }
}

fn charts(metrics: WorkloadMetrics) -> AnyView {
    let step = Duration::from_secs(metrics.step_seconds.into());
    let span = Span { from: metrics.from, until: metrics.until, step };
    let (known, rest): (Vec<Series>, Vec<Series>) =
        metrics.series.into_iter().partition(|series| !series.points.is_empty());
    let unknown: Vec<_> = rest
        .into_iter()
        .filter_map(|series| Some((series.measure.word(), series.unknown?)))
        .map(|(word, why)| view! { <li><strong>{word}</strong> " " {why}</li> })
        .collect();
    let unknown = (!unknown.is_empty()).then(|| {
        view! { <div class="quiet" data-field="unknown"><ul class="plain">{unknown}</ul></div> }
    });
    if known.is_empty() {
        let nothing = metrics.measured_at.map(|_| {
            let words = metrics.window.word();
            view! { <p class="empty">"Nothing was measured in the last " {words} ". Look further back."</p> }
        });
        return view! { {nothing} {unknown} }.into_any();
    }
    let table = known.clone();
    let charts = known.into_iter().map(|series| view! { <SeriesChart series span/> }).collect_view();
    view! {
        <ChartLegend each=spoken(step)/>
        <div class="charts">{charts}</div>
        {unknown}
        <FigureTable series=table span/>
    }
    .into_any()
}
