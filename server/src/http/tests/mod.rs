#![allow(clippy::unwrap_used)]

mod guards;
mod kept;
mod whole;

use std::path::Path;

use axum::{Router, body::Body, response::Response};
use domain::db::Db;
use http::Request;
use tower::ServiceExt;

use crate::{config::Config, http::router};

/// A whole hub on a new database.
struct Hub {
    router: Router,
    db: Db,
    _folder: tempfile::TempDir,
}

impl Hub {
    /// A hub on a new database, with a built file and one that stands in `public`.
    async fn new(settings: &[(&str, &str)], migrated: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        std::fs::write(site.join("pkg/hub.css"), "body { color: inherit }").unwrap();
        std::fs::write(site.join("pkg/hub.css.br"), "not really brotli").unwrap();
        std::fs::write(site.join("robots.txt"), "User-agent: *").unwrap();
        std::fs::write(folder.path().join("secret.txt"), "not for you").unwrap();
        let mut all = vec![("HUB_SERVER__SITE_FOLDER", site.to_str().unwrap())];
        all.extend(settings);
        let config = Config::load_with(Path::new("/nonexistent"), &all).unwrap();
        let db = Db::connect(&format!("sqlite://{}/hub.sqlite", folder.path().display()), 2)
            .await
            .unwrap();
        if migrated {
            db.migrate().await.unwrap();
        }
        Self {
            router: router(config, db.clone(), domain::testing::sealer()).unwrap(),
            db,
            _folder: folder,
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
