//! What can be launched here, and what would it do?

use super::Asking;
use crate::authz::{Permit, Read, Scope, Skus, Workloads};
use crate::facts::{PlacementFacts, free_slots};
use crate::store::skus::{self, Placement, Sku};
use crate::store::{form_drafts, projects};
use read_models::Answer;
use read_models::compute::{ComputeConsole, LaunchForm, LaunchView, SkuOffer};
use read_models::error::ConsoleError;
use read_models::ids::{DraftId, ProjectId, SkuId};
use read_models::operation::{Target, TargetKind};
use read_models::paging::{Page, PageRequest};
use read_models::session::ProjectRef;

const LAUNCH: &str = "workload.launch";
/// A launch page shows no more SKUs than this.
const SHOWN: i64 = 100;

impl ComputeConsole for Asking {
    fn launch(
        &self,
        project: Option<ProjectId>,
        sku: Option<SkuId>,
        draft: Option<DraftId>,
    ) -> Answer<'_, LaunchView> {
        Box::pin(async move {
            let project = self.project(project).await?;
            let scope = Scope::Project(project.id.clone());
            // Prices alone are for others as well; this page is for those who see what runs.
            let _: Permit<Read, Workloads> = self.permit(&scope)?;
            let permit: Permit<Read, Skus> = self.permit(&scope)?;
            let offered =
                skus::offered(&self.state().db, &permit, None, SHOWN).await.map_err(|e| self.broken(e))?;
            let placement = self.placement().await?;
            let skus: Vec<_> = offered.iter().map(|sku| offer(sku, &placement)).collect();
            let target = Target { kind: TargetKind::Project, id: project.id.as_str().to_owned() };
            let found = self.target(&target).await?;
            let Some(operation) = self.state().register.find(LAUNCH) else {
                return Err(ConsoleError::not_found("operation"));
            };
            let card = self.card(operation, &target, &found, &[]).await?;
            let (mut form, errors) = self.launch_form(draft.as_ref()).await?;
            if form.sku.is_empty() {
                let first = skus.iter().find(|offer| offer.unavailable.is_none()).or(skus.first());
                form.sku =
                    sku.map(String::from).or(first.map(|offer| offer.id.to_string())).unwrap_or_default();
            }
            Ok(LaunchView {
                as_of: self.now(),
                terminal_command: terminal_command(&project.id, &form),
                project: ProjectRef { id: project.id, name: project.name },
                skus,
                form,
                errors,
                card,
            })
        })
    }

    fn skus(&self, page: PageRequest) -> Answer<'_, Page<SkuOffer>> {
        Box::pin(async move {
            let scope = self.widest_scope(None)?;
            let permit: Permit<Read, Skus> = self.permit(&scope)?;
            let limit = i64::from(page.limit()) + 1;
            let offered = skus::offered(&self.state().db, &permit, page.cursor.as_deref(), limit).await;
            let placement = self.placement().await?;
            let offers: Vec<_> = offered
                .map_err(|error| self.broken(error))?
                .iter()
                .map(|sku| offer(sku, &placement))
                .collect();
            Ok(Page::from_overfull(offers, page.limit(), |offer| offer.name.clone()))
        })
    }

    fn projects(&self, page: PageRequest) -> Answer<'_, Page<ProjectRef>> {
        Box::pin(async move {
            let visible =
                projects::visible_to(&self.state().db, self.who()?).await.map_err(|e| self.broken(e))?;
            let after = page.cursor.unwrap_or_default();
            let refs = visible.into_iter().filter(|project| project.name > after);
            let some: Vec<_> = refs
                .take(page.limit.unwrap_or(read_models::paging::DEFAULT_LIMIT) as usize + 1)
                .map(|project| ProjectRef { id: project.id, name: project.name })
                .collect();
            let limit = page
                .limit
                .unwrap_or(read_models::paging::DEFAULT_LIMIT)
                .clamp(1, read_models::paging::MAX_LIMIT);
            Ok(Page::from_overfull(some, limit, |project| project.name.clone()))
        })
    }
}

impl Asking {
    /// How many slots are free: everybody who may launch may know that, and not where.
    async fn placement(&self) -> Result<PlacementFacts, ConsoleError> {
        free_slots(&mut &self.state().db, &self.proof()).await.map_err(|error| self.broken(error))
    }

    async fn launch_form(
        &self,
        draft: Option<&DraftId>,
    ) -> Result<(LaunchForm, Vec<read_models::error::FieldError>), ConsoleError> {
        let Some(id) = draft else { return Ok((LaunchForm::default(), Vec::new())) };
        let kept = form_drafts::find(&self.state().db, &self.who()?.user_id, id)
            .await
            .map_err(|e| self.broken(e))?;
        let Some(kept) = kept.filter(|draft| draft.operation == LAUNCH) else {
            return Ok((LaunchForm::default(), Vec::new()));
        };
        let typed = |name: &str| kept.fields.get(name).cloned().unwrap_or_default();
        let form = LaunchForm {
            name: typed("name"),
            sku: typed("sku"),
            command: typed("command"),
            port: typed("port"),
        };
        Ok((form, kept.errors))
    }
}

fn offer(sku: &Sku, placement: &PlacementFacts) -> SkuOffer {
    let number = |n: i64| u32::try_from(n).unwrap_or(0);
    let unavailable = match (placement.nodes.is_empty(), placement.free()) {
        (true, _) => Some("No node takes workloads now.".to_owned()),
        (false, 0) => Some(format!("All {} slots are held.", placement.total())),
        (false, _) => None,
    };
    SkuOffer {
        id: sku.id.clone(),
        name: sku.name.clone(),
        title: sku.title.clone(),
        placement: match sku.placement {
            Placement::BareMetal => "bare_metal".to_owned(),
            Placement::Slice => "slice".to_owned(),
        },
        cpus: number(sku.cpus),
        memory_bytes: u64::try_from(sku.memory_bytes).unwrap_or(0),
        gpus: sku
            .gpu_model
            .as_ref()
            .filter(|_| sku.gpu_count > 0)
            .map(|model| format!("{} × {model}", sku.gpu_count)),
        price_microcents_per_hour: sku.price_microcents_per_hour,
        slots_free: number(placement.free()),
        slots_total: number(placement.total()),
        unavailable,
    }
}

fn terminal_command(project: &ProjectId, form: &LaunchForm) -> String {
    let name = if form.name.is_empty() { "my-workload" } else { &form.name };
    format!(
        "curl -sS $SLIPWAY/api/v1/operations/plan \\\n  -H \"Authorization: Bearer $SLIPWAY_TOKEN\" -H 'Content-Type: application/json' \\\n  \
         -d '{{\"operation\":\"workload.launch\",\"target\":\"project:{project}\",\\\n       \
         \"input\":{{\"name\":\"{name}\",\"sku\":\"{}\",\"command\":[\"python3\",\"-m\",\"http.server\",\"8000\"],\"port\":8000}}}}'\n\
         # then POST its hash to /api/v1/operations with an Idempotency-Key",
        form.sku
    )
}
