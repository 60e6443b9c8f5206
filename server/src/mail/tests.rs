//! Letters over SMTP, with a mail server of a few lines.
#![allow(clippy::unwrap_used)]

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use domain::{
    accounts::letters::{self, About, Letter},
    db::Db,
    outbox,
    testing::on_each_database,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::{
    clock,
    config::Config,
    outbox::drain,
    state::{AppState, Shutdown},
};

/// Takes letters; refuses those to `nobody@` for good and those to `later@` for now.
#[derive(Clone, Default)]
struct MailServer {
    taken: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    async fn listen(&self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(self.clone().talk(stream));
        }
    }

    async fn talk(self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 test\r\n").await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let answer = match line.split([' ', '\r']).next().unwrap_or_default() {
                "EHLO" => "250 test",
                "RCPT" if line.contains("nobody@") => "550 nobody here",
                "RCPT" if line.contains("later@") => "450 not now",
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await?;
                    let mut letter = String::new();
                    while !letter.ends_with("\r\n.\r\n") {
                        if stream.read_line(&mut letter).await? == 0 {
                            return Ok(());
                        }
                    }
                    self.taken.lock().unwrap().push(letter);
                    "250 taken"
                }
                "QUIT" => return Ok(()),
                _ => "250 fine",
            };
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
    }

    fn letters(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

fn node(db: Db, port: u16) -> AppState {
    let url = format!("smtp://127.0.0.1:{port}");
    let settings = [
        ("HUB_MAIL__URL", url.as_str()),
        ("HUB_MAIL__FROM", "Alder Commons <hub@alder.example>"),
        ("HUB_COMMUNITY__NAME", "Alder Commons"),
        ("HUB_SERVER__BASE_URL", "https://hub.alder.example"),
    ];
    let config = Config::load_with(Path::new("/nonexistent"), &settings).unwrap();
    AppState::new(config, db, domain::testing::sealer(), Shutdown::never()).unwrap()
}

async fn post(db: &Db, to: &str) {
    let about = About::Registration {
        name: "Bo Ñandú".into(),
    };
    let letter = Letter {
        to: to.into(),
        locale: "es".into(),
        about,
    };
    letters::post_alone(db, clock::now(), &letter).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_arrives_once_and_a_dead_mail_server_loses_none() {
    on_each_database(|db| async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        post(&db, "bo@example.org").await;
        assert_eq!(drain(&node(db.clone(), port)).await, 0, "nobody listens");
        assert_eq!(outbox::lag(db.read()).await.unwrap().waiting, 1);

        let server = MailServer::default();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let listening = server.clone();
        tokio::spawn(async move { listening.listen(listener).await });
        // The wait after the failure is not over; a test does not sit it out.
        let tx = db.begin().await.unwrap();
        let sql = "UPDATE outbox SET next_at = created_at";
        sea_orm::ConnectionTrait::execute_unprepared(&tx, sql).await.unwrap();
        tx.commit().await.unwrap();
        let (one, other) = (node(db.clone(), port), node(db.clone(), port));
        let (one, other) = tokio::join!(drain(&one), drain(&other));
        assert_eq!(one + other, 1);
        let letters = server.letters();
        assert_eq!(letters.len(), 1);
        for part in [
            "From: \"Alder Commons\" <hub@alder.example>",
            "To: bo@example.org",
            "Auto-Submitted: auto-generated",
            "Message-ID: <",
            "multipart/alternative",
            "https://hub.alder.example/invitations/",
        ] {
            let letter = letters[0].replace("=\r\n", "");
            assert!(letter.contains(part), "{part} in {letter}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_is_given_up_and_what_is_put_off_waits() {
    on_each_database(|db| async move {
        let server = MailServer::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let listening = server.clone();
        tokio::spawn(async move { listening.listen(listener).await });
        for to in ["nobody@example.org", "later@example.org", "bo@example.org"] {
            post(&db, to).await;
        }
        assert_eq!(drain(&node(db.clone(), port)).await, 1);
        let lag = outbox::lag(db.read()).await.unwrap();
        assert_eq!((lag.waiting, lag.given_up, server.letters().len()), (1, 1, 1));
    })
    .await;
}
