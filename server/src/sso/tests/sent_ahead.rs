//! The pages around accounts that are sent ahead to tools.

use domain::{clients::scim, testing::on_each_database};
use http::StatusCode;

use super::{
    tools::Hub,
    whole::{submit, text, to_the_page},
};
use crate::{clock, outbox};

const PAGE: &str = "/tools/sign-on/files";

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_says_where_accounts_are_sent_and_sees_how_far_it_is() {
    on_each_database(|db| async move {
        let hub = Hub::new(db.clone());
        let mut ama = hub.person("Ama").await;
        let mut bo = hub.person("Bo").await;
        hub.tool(&mut ama, "Files", &[]).await;
        let set = |address: &'static str, token: &'static str| {
            [
                ("client", "files"),
                ("scim_address", address),
                ("scim_token", token),
                ("scim_active", "yes"),
            ]
        };
        // Nobody listens there.
        let address = "http://127.0.0.1:9/scim/v2";
        for (address, token, field) in [
            ("http://files.example.org/scim", "a-token", "scim_address"),
            (address, "", "scim_token"),
            (address, "two words", "scim_token"),
        ] {
            let refused = submit(&mut ama, "/do/clients/scim", &set(address, token)).await;
            let (path, page) = to_the_page(&mut ama, refused).await;
            assert_eq!(path, PAGE);
            assert!(page.contains(&format!("id=\"{field}-error\"")), "{field}");
            assert!(page.contains(address), "what was typed is kept");
            assert!(!page.contains("two words"), "the token is not");
        }
        submit(&mut bo, "/do/clients/scim", &set(address, "a-token")).await;
        assert_eq!(bo.get(PAGE).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(scim::get(db.read(), "files").await.unwrap(), None, "stewards only");

        let saved = submit(&mut ama, "/do/clients/scim", &set(address, "a-token")).await;
        let (_, page) = to_the_page(&mut ama, saved).await;
        assert!(page.contains(address) && page.contains("Still to be sent") && !page.contains("a-token"));
        outbox::drain(&hub.state).await;
        let page = text(ama.get(PAGE).await).await;
        assert!(page.contains("The tool does not answer"), "in words");
        let own = text(ama.get("/account/tools").await).await;
        assert!(
            !own.contains("Tools that knew you before you came"),
            "nothing has arrived there"
        );

        let again = submit(&mut ama, "/do/clients/scim-again", &[("client", "files")]).await;
        assert!(
            to_the_page(&mut ama, again)
                .await
                .1
                .contains("Everything is being sent again")
        );
        assert_eq!(scim::settle(&db, clock::now()).await.unwrap(), 0, "it is under way");
    })
    .await;
}
