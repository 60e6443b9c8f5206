//! Many people at once: they sign in, then all want the same session.

use std::time::Instant;

use crate::{between, http::Browser, program::Program};

/// How often each person books and lets go again.
const ROUNDS: usize = 10;
/// How often each person goes through the whole sign-in.
const SIGN_INS: usize = 5;

/// Measures sign-ins and bookings of everybody in the demo community, through the program and its database; gives them back,
/// signed in.
pub async fn measure(program: &Program, database: &str) -> Vec<Browser> {
    let people = everybody(program).await;
    let number = people.len();

    // The provider knows these browsers already: what is measured is the dance, not the hash of a password. Who is signed in
    // at the hub has to ask for it (`fresh`), or is led on at once.
    let (people, dances, seconds) = all(people, async |browser| {
        for _ in 0..SIGN_INS {
            assert_eq!(browser.get("/sign-in?fresh=yes&to=/healthz").await.status, 200);
        }
        SIGN_INS
    })
    .await;
    println!(
        "sign-ins, {database:<17}{:>9.0} a second (code flow on both sides, without the password; {dances})",
        dances as f64 / seconds
    );

    let session = wanted(program).await;
    let (mut people, acts, seconds) = all(people, async |browser| {
        let fields = [("session", session.as_str()), ("back", "/healthz")];
        for _ in 0..ROUNDS {
            assert_eq!(browser.act("/do/bookings/book", &fields).await, 303);
            assert_eq!(browser.act("/do/bookings/cancel", &fields).await, 303);
        }
        assert_eq!(browser.act("/do/bookings/book", &fields).await, 303);
        2 * ROUNDS + 1
    })
    .await;
    println!(
        "bookings, {database:<17}{:>9.0} a second ({number} people book and let go of one session, {acts} acts)",
        acts as f64 / seconds
    );
    let page = people[0].get(&format!("/sessions/{session}")).await;
    let seats = between(&page.html, "class=\"seats\"><span>", "<").unwrap_or("no seats are shown");
    println!("  afterwards: {seats}\n");
    people
}

/// Lets everybody act at the same time; gives them back with the number of acts and the seconds that it took.
pub async fn all<T>(people: Vec<T>, act: impl AsyncFn(&mut T) -> usize) -> (Vec<T>, usize, f64) {
    let begin = Instant::now();
    let acting = people.into_iter().map(async |mut one| {
        let acts = act(&mut one).await;
        (one, acts)
    });
    let done = futures::future::join_all(acting).await;
    let acts = done.iter().map(|(_, acts)| acts).sum();
    let people = done.into_iter().map(|(one, _)| one).collect();
    (people, acts, begin.elapsed().as_secs_f64())
}

/// A signed-in browser for each person of the community.
async fn everybody(program: &Program) -> Vec<Browser> {
    let mut reader = Browser::signed_in(program.address, "amara").await.unwrap();
    let mut handles = Vec::new();
    for page in 1.. {
        let list = reader.get(&format!("/members?kind=person&page={page}")).await;
        let main = between(&list.html, "<main", "</main>").unwrap();
        let before = handles.len();
        for link in main.split("href=\"/members/").skip(1) {
            let handle = link.split('"').next().unwrap().to_owned();
            if !handles.contains(&handle) {
                handles.push(handle);
            }
        }
        if handles.len() == before {
            break;
        }
    }
    let mut people = Vec::new();
    for handle in handles {
        people.extend(Browser::signed_in(program.address, &handle).await);
    }
    people
}

/// The next commons.hour: it has fewer seats than there are people.
async fn wanted(program: &Program) -> String {
    let programme = Browser::at(program.address)
        .await
        .get("/programme?kind=commons_hour")
        .await;
    between(&programme.html, "href=\"/sessions/", "\"").unwrap().to_owned()
}
