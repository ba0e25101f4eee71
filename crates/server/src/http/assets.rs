//! The pages' files: `/pkg/<build>/…` and `/fonts/…` never change and are kept by browsers; `/favicon.svg` and its like are asked for again.
//!
//! They come from the folder named by `--assets` or, in a release, out of the program. A file is sent compressed when
//! the browser takes it and the build has put `.br` or `.gz` beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path as UrlPath;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::Problem;
use crate::config::Config;
use crate::state::AppState;

/// The id of the build when there are no files.
const NO_BUILD: &str = "none";
const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

pub(crate) fn routes(config: &Config) -> Router<AppState> {
    let source = Source::of(config);
    let (pkg, fonts, favicon) = (source.clone(), source.clone(), source);
    Router::new()
        .route(
            "/pkg/{build}/{*file}",
            get(async move |UrlPath((build, file)): UrlPath<(String, String)>, headers: HeaderMap| {
                pkg.answer(&format!("pkg/{build}/{file}"), &headers, FOREVER).await
            }),
        )
        .route(
            "/fonts/{file}",
            get(async move |UrlPath(file): UrlPath<String>, headers: HeaderMap| {
                fonts.answer(&format!("public/fonts/{file}"), &headers, FOREVER).await
            }),
        )
        .route(
            "/favicon.svg",
            get(async move |headers: HeaderMap| {
                favicon.answer("public/favicon.svg", &headers, ASK_AGAIN).await
            }),
        )
}

/// The id of the build the pages' files are of.
pub fn build_id(config: &Config) -> String {
    let text = match Source::of(config) {
        Source::Folder(folder) => std::fs::read(folder.join("build-id")).ok(),
        Source::Program => embedded("build-id").map(|bytes| bytes.to_vec()),
    };
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok()).map(|text| text.trim().to_owned());
    text.filter(|id| !id.is_empty()).unwrap_or_else(|| NO_BUILD.to_owned())
}

#[derive(Clone, Debug)]
enum Source {
    Folder(Arc<Path>),
    Program,
}

impl Source {
    fn of(config: &Config) -> Self {
        config.assets.as_ref().map_or(Self::Program, |folder| Self::Folder(Arc::from(folder.as_path())))
    }

    async fn answer(&self, name: &str, headers: &HeaderMap, cache: &'static str) -> Response {
        let plain = name
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains('\\'));
        if plain {
            for encoding in accepted(headers) {
                let suffix = encoding.map_or("", Encoding::suffix);
                if let Some(bytes) = self.read(&format!("{name}{suffix}")).await {
                    return file(name, bytes, encoding, cache);
                }
            }
        }
        Problem::new(StatusCode::NOT_FOUND, "not_found", "There is no such file in this build.")
            .next("Reload the page: the server may run another build by now.")
            .into_response()
    }

    async fn read(&self, name: &str) -> Option<Bytes> {
        match self {
            Self::Folder(folder) => {
                let path: PathBuf = folder.join(name);
                tokio::fs::read(path).await.ok().map(Bytes::from)
            }
            Self::Program => embedded(name),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// What the browser takes, best first; the plain file at the end.
fn accepted(headers: &HeaderMap) -> Vec<Option<Encoding>> {
    let header =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = |encoding: Encoding| {
        header.split(',').any(|part| {
            let (word, quality) = part.split_once(';').unwrap_or((part, ""));
            word.trim() == encoding.word() && quality.replace(' ', "") != "q=0"
        })
    };
    let known = [Encoding::Brotli, Encoding::Gzip].into_iter().filter(|encoding| takes(*encoding)).map(Some);
    known.chain([None]).collect()
}

fn file(name: &str, bytes: Bytes, encoding: Option<Encoding>, cache: &'static str) -> Response {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.word()));
    }
    response
}

#[cfg(feature = "embed")]
fn embedded(name: &str) -> Option<Bytes> {
    /// The folder of the build, read when the program is compiled.
    #[derive(rust_embed::RustEmbed)]
    #[folder = "../../target/assets/release"]
    struct Files;
    Files::get(name).map(|file| match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    })
}

#[cfg(not(feature = "embed"))]
fn embedded(_: &str) -> Option<Bytes> {
    None
}
