//! What a tool asks of the built-in provider again and again: tokens anew, what a token is worth, who somebody is.

use std::net::SocketAddr;

use crate::{
    between,
    http::{Browser, Connection, form},
    people::all,
    program::{Program, Registered},
};

/// How often each person's tool asks each thing.
const ROUNDS: usize = 20;
/// Where the tool of the measure would listen; nobody ever goes there.
const BACK: &str = "http://127.0.0.1:9/callback";
/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A tool's side of one person: what it was given.
struct Party {
    connection: Connection,
    address: SocketAddr,
    tool: Registered,
    access: String,
    refresh: String,
}

impl Party {
    /// Sends a form as the tool; gives the body of the answer.
    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let mut all = vec![
            ("client_id", self.tool.client_id.as_str()),
            ("client_secret", self.tool.secret.as_str()),
        ];
        all.extend(fields);
        let body = form(&all);
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
            content-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let answer = self.connection.send(&request).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// Asks for tokens and keeps them.
    async fn tokens(&mut self, fields: &[(&str, &str)]) {
        let given = self.post("/oauth2/token", fields).await;
        let token = |name: &str| between(&given, &format!("\"{name}\":\""), "\"").unwrap().to_owned();
        (self.access, self.refresh) = (token("access_token"), token("refresh_token"));
    }

    async fn refresh(&mut self) {
        let refresh = self.refresh.clone();
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)])
            .await;
    }

    async fn introspect(&mut self) {
        let access = self.access.clone();
        let said = self.post("/oauth2/introspect", &[("token", &access)]).await;
        assert!(said.contains("\"active\":true"), "{said}");
    }

    async fn userinfo(&mut self) {
        let request = format!(
            "GET /oauth2/userinfo HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
            self.address, self.access
        );
        assert_eq!(self.connection.send(&request).await.status, 200);
    }
}

/// Measures what the provider answers to a tool of all these people, who are signed in, and its memory after that.
pub async fn measure(program: &Program, people: Vec<Browser>, database: &str) {
    let tool = program.register(BACK);
    let mut parties = Vec::new();
    for browser in people {
        parties.push(enter(program.address, browser, tool.clone()).await);
    }
    let (parties, asked, seconds) = all(parties, async |party| {
        for _ in 0..ROUNDS {
            party.refresh().await;
        }
        ROUNDS
    })
    .await;
    let rate = |asked: usize, seconds: f64| asked as f64 / seconds;
    println!(
        "token requests, {database:<11}{:>9.0} a second (refresh with rotation and an ID token; {asked})",
        rate(asked, seconds)
    );
    let (parties, asked, seconds) = all(parties, async |party| {
        for _ in 0..ROUNDS {
            party.introspect().await;
        }
        ROUNDS
    })
    .await;
    println!(
        "introspections, {database:<11}{:>9.0} a second ({asked})",
        rate(asked, seconds)
    );
    let (_, asked, seconds) = all(parties, async |party| {
        for _ in 0..ROUNDS {
            party.userinfo().await;
        }
        ROUNDS
    })
    .await;
    println!(
        "userinfo, {database:<17}{:>9.0} a second (name, address, groups; {asked})",
        rate(asked, seconds)
    );
    let (now, most) = program.memory();
    println!("memory after that          {now:>9.1} MB (most {most:.1} MB)\n");
}

/// Signs somebody in to the tool, who allows it what it asks for.
async fn enter(address: SocketAddr, mut browser: Browser, tool: Registered) -> Party {
    let ask = form(&[
        ("client_id", &tool.client_id),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid profile email groups offline_access"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let page = browser.get(&format!("/oauth2/authorize?{ask}")).await;
    let hidden = |name: &str| {
        let field = page.html.split_once(&format!("name=\"{name}\"")).unwrap().1;
        between(field, "value=\"", "\"").unwrap().replace("&amp;", "&")
    };
    let fields = [
        ("client", hidden("client")),
        ("scope", hidden("scope")),
        ("next", hidden("next")),
        ("allow", "yes".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let back = browser.post_until("/do/clients/consent", &fields, BACK).await;
    let code = url::form_urlencoded::parse(back.split_once('?').unwrap().1.as_bytes())
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();
    let mut party = Party {
        connection: Connection::to(address).await,
        address,
        tool,
        access: String::new(),
        refresh: String::new(),
    };
    party
        .tokens(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ])
        .await;
    party
}
