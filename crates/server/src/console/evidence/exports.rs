//! Files of the audit: which were made, and the file itself, written anew and compared with what it was.

use std::io;
use std::pin::Pin;

use futures::Stream;
use futures::stream::try_unfold;
use read_models::audit::{AuditFilter, ExportRow, ExportsView};
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::{DraftId, OperationId};
use sha2::{Digest as _, Sha256};

use crate::authz::{Feed, Permit, Read, Scope, SystemProof};
use crate::console::{Asking, cursor_of};
use crate::projections::audit_file::Format;
use crate::store::db::Db;
use crate::store::exports::{self, Export};
use crate::store::views::audit::{self, Place};

pub(super) const EXPORT: &str = "evidence.export";
/// Files of one page.
const SHOWN: u32 = 50;
/// Events that are read at a time: so much of a file is in memory.
const BATCH: i64 = 1_000;

/// A file, as it is written.
pub(crate) struct ExportFile {
    pub(crate) made: Export,
    pub(crate) format: Format,
    pub(crate) body: Pin<Box<dyn Stream<Item = io::Result<String>> + Send>>,
}

impl Asking {
    pub(super) async fn files_made(
        &self,
        cursor: Option<String>,
        draft: Option<DraftId>,
    ) -> Result<ExportsView, ConsoleError> {
        let permit: Permit<Read, Feed> = self.permit(&Scope::Platform)?;
        let below = cursor.as_deref().map(cursor_of::<OperationId>).transpose()?;
        let made = exports::list(&self.state().db, &permit, below.as_deref(), i64::from(SHOWN) + 1).await;
        let mut made = made.map_err(|error| self.broken(error))?;
        let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
        let more = made.len() > shown;
        made.truncate(shown);
        let next_cursor = made.last().filter(|_| more).map(|last| last.operation.to_string());
        let mut export = self.evidence_card(EXPORT).await?;
        self.bring_back(draft.as_ref(), [&mut export]).await?;
        let standing = self.chain_standing().await?;
        let past = self.evidence_runs(&[EXPORT]).await?;
        Ok(ExportsView {
            as_of: self.now(),
            exports: made.into_iter().map(row).collect(),
            next_cursor,
            action_required: standing.action_required,
            run_next: standing.run_next,
            safe_to_ignore: standing.safe_to_ignore,
            export,
            in_progress: past.iter().filter(|run| !run.state.is_over()).map(|run| self.brief(run)).collect(),
        })
    }

    /// The file an operation made: whoever may read the audit may have it.
    pub(crate) async fn export_file(&self, id: &OperationId) -> Result<ExportFile, ConsoleError> {
        let permit: Permit<Read, Feed> = self.permit(&Scope::Platform)?;
        let found = exports::find(&mut &self.state().db, &permit, id).await;
        let made = found.map_err(|error| self.broken(error))?.ok_or_else(|| {
            ConsoleError::not_found("file").next("Export evidence first: it is made by an operation.")
        })?;
        let unreadable = || {
            ConsoleError::new(ErrorKind::Gone, "unknown_format", "This version does not write such files.")
                .next("Export it again.")
        };
        let format = Format::parse(&made.format).ok_or_else(unreadable)?;
        let filter = made.search.read().map_err(|_| unreadable())?;
        let writing = Writing {
            db: self.state().db.clone(),
            proof: self.proof(),
            filter,
            format,
            place: None,
            hash: Sha256::new(),
            is_begun: false,
            is_over: false,
            made: made.clone(),
        };
        let body = Box::pin(try_unfold(writing, Writing::next));
        Ok(ExportFile { made, format, body })
    }
}

/// A file that is being sent.
struct Writing {
    db: Db,
    proof: SystemProof,
    filter: AuditFilter,
    format: Format,
    made: Export,
    place: Option<Place>,
    hash: Sha256,
    is_begun: bool,
    is_over: bool,
}

impl Writing {
    /// The next part; what differs from what was written down ends the connection, so that nobody takes it for whole.
    async fn next(mut self) -> io::Result<Option<(String, Self)>> {
        if self.is_over {
            return self.compared().map(|()| None);
        }
        let mut part = if self.is_begun { String::new() } else { self.format.head() };
        self.is_begun = true;
        let found =
            audit::oldest(&self.db, &self.proof, &self.filter, self.place, self.made.upto, BATCH).await;
        let found = found.map_err(io::Error::other)?;
        self.is_over = found.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        self.place = found.last().map(|last| Place { at: last.at, seq: last.seq }).or(self.place);
        part.extend(found.iter().map(|event| self.format.line(event)));
        self.hash.update(&part);
        Ok(Some((part, self)))
    }

    fn compared(&self) -> io::Result<()> {
        if hex::encode(self.hash.clone().finalize()) == self.made.sha256 {
            return Ok(());
        }
        tracing::error!(
            operation.id = %self.made.operation,
            "an exported file is not what it was when it was made: the audit was changed"
        );
        Err(io::Error::other("the audit is not what it was when this file was made"))
    }
}

pub(super) fn row(made: Export) -> ExportRow {
    ExportRow {
        download: format!("/api/v1/evidence/exports/{}/file", made.operation),
        operation: made.operation,
        made_by: made.made_by,
        made_at: made.made_at,
        format: made.format,
        search: made.search,
        up_to: made.upto,
        events: made.events,
        bytes: made.bytes,
        sha256: made.sha256,
    }
}
