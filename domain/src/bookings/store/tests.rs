#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use chrono::TimeDelta;

use super::*;
use crate::{
    sessions::{Part, PartKind, SessionState, store::NewSession},
    testing::{actor, at, make_member, make_space, on_each_database},
};

fn now() -> DateTime<Utc> {
    at(2026, 11, 20, 12, 0)
}

async fn session(db: &Db, capacity: Option<i32>) -> SessionId {
    let space = make_space(db, "hall", &[]).await;
    let parts = vec![Part {
        kind: PartKind::Gathering,
        minutes: 60,
    }];
    let mut new = NewSession::new(space.id, "Gathering", at(2026, 11, 23, 18, 0), parts);
    new.capacity = capacity;
    let tx = db.begin().await.unwrap();
    let id = sessions::insert(&tx, new, now()).await.unwrap().id;
    tx.commit().await.unwrap();
    id
}

async fn people(db: &Db, how_many: usize) -> Vec<Actor> {
    let mut people = Vec::new();
    for n in 0..how_many {
        people.push(actor(make_member(db, &format!("member-{n}")).await));
    }
    people
}

fn id(person: &Actor) -> MemberId {
    person.member().unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_books_waits_moves_up_and_lets_go() {
    on_each_database(|db| async move {
        let session = session(&db, Some(1)).await;
        let people = people(&db, 3).await;
        let [ada, ben, cleo] = people.as_slice() else {
            unreachable!()
        };

        let seat = book(&db, ada, session, now()).await.unwrap();
        assert_eq!(
            (seat.booking.state, seat.changed, seat.revision),
            (BookingState::Confirmed, true, 1)
        );
        let again = book(&db, ada, session, now()).await.unwrap();
        assert_eq!((again.booking, again.changed), (seat.booking, false));
        let second = book(&db, ben, session, now()).await.unwrap().booking;
        assert_eq!(second.state, BookingState::Waiting { ahead: 0 });
        let third = book(&db, cleo, session, now()).await.unwrap().booking;
        assert_eq!(third.state, BookingState::Waiting { ahead: 1 });
        assert_eq!(live(db.read(), session, id(cleo)).await.unwrap(), Some(third));

        let gone = cancel(&db, ada, session, now()).await.unwrap();
        assert_eq!(
            (gone.booking.state, gone.promoted),
            (BookingState::Cancelled, vec![id(ben)])
        );
        let promoted = live(db.read(), session, id(ben)).await.unwrap().unwrap();
        assert_eq!(
            (promoted.state, promoted.promoted_at),
            (BookingState::Confirmed, Some(now()))
        );
        assert!(matches!(
            cancel(&db, ada, session, now()).await,
            Err(BookingError::NothingBooked)
        ));
        assert_eq!(let_go(db.read(), id(ada), now()).await.unwrap(), [session]);

        // Booked again, at the end of the queue.
        let back = book(&db, ada, session, now()).await.unwrap().booking;
        assert_eq!(back.state, BookingState::Waiting { ahead: 1 });
        assert!(let_go(db.read(), id(ada), now()).await.unwrap().is_empty());
        let coming: Vec<_> = for_session(db.read(), session)
            .await
            .unwrap()
            .into_iter()
            .map(|(_, who)| who.id)
            .collect();
        assert_eq!(coming, [id(ben), id(cleo), id(ada)]);

        let mine = upcoming(db.read(), ada, now()).await.unwrap();
        assert_eq!(mine.len(), 1);
        assert_eq!((mine[0].1.coming, mine[0].1.waiting), (1, 2));
        assert_eq!(
            live_of_member(db.read(), id(cleo), now()).await.unwrap()[&session],
            BookingState::Waiting { ahead: 0 }
        );
        let later = at(2026, 12, 1, 0, 0);
        assert!(upcoming(db.read(), ada, later).await.unwrap().is_empty());
        assert_eq!(past(db.read(), ada, later, 10).await.unwrap().len(), 1);
        assert!(matches!(book(&db, ada, session, later).await, Err(BookingError::Past)));
        assert!(matches!(
            cancel(&db, ada, session, later).await,
            Err(BookingError::Past)
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_books_what_is_not_theirs_or_not_happening() {
    on_each_database(|db| async move {
        let session = session(&db, None).await;
        let ada = people(&db, 1).await.remove(0);
        let anonymous = book(&db, &Actor::Anonymous, session, now()).await;
        assert!(matches!(
            anonymous,
            Err(BookingError::Denied(crate::access::Denied::SignIn))
        ));
        let nowhere = book(&db, &ada, SessionId::generate(), now()).await;
        assert!(matches!(
            nowhere,
            Err(BookingError::Session(crate::sessions::SessionError::NotFound))
        ));
        sessions::cancel(&db, session, "Storm", None, now()).await.unwrap();
        assert!(matches!(
            book(&db, &ada, session, now()).await,
            Err(BookingError::CalledOff)
        ));
        assert_eq!(
            sessions::get(db.read(), session).await.unwrap().state,
            SessionState::Cancelled
        );
    })
    .await;
}

/// Looks at all rows of the session and says what must hold whatever happened.
async fn check(db: &Db, session: SessionId, seats: i64) -> Vec<(MemberId, String)> {
    #[derive(FromQueryResult)]
    struct Seen {
        member_id: Uuid,
        state: String,
    }
    let rows = Seen::find_by_statement(Statement::from_sql_and_values(
        db.backend(),
        "SELECT member_id, state FROM bookings WHERE session_id = $1 AND state <> 'cancelled' ORDER BY place",
        [session.0.into()],
    ))
    .all(db.read())
    .await
    .unwrap();
    let confirmed = rows.iter().filter(|row| row.state == "confirmed").count();
    let waiting = rows.len() - confirmed;
    assert!(
        i64::try_from(confirmed).unwrap() <= seats,
        "{confirmed} seats sold of {seats}"
    );
    assert!(
        waiting == 0 || i64::try_from(confirmed).unwrap() == seats,
        "a seat is free while {waiting} wait"
    );
    let mut members: Vec<_> = rows.iter().map(|row| row.member_id).collect();
    members.sort_unstable();
    members.dedup();
    assert_eq!(members.len(), rows.len(), "one live booking a member");
    // Whoever waits stands behind everybody who has a seat.
    assert!(rows.is_sorted_by_key(|row| row.state == "waiting"), "promoted in order");
    rows.into_iter()
        .map(|row| (MemberId(row.member_id), row.state))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_at_once_never_get_one_seat_too_many() {
    on_each_database(|db| async move {
        const SEATS: usize = 30;
        const PEOPLE: usize = 100;
        let session = session(&db, Some(30)).await;
        let people = Arc::new(people(&db, PEOPLE).await);
        let at_once = async |acts: Vec<(usize, bool)>| {
            let mut tasks = tokio::task::JoinSet::new();
            for (n, (who, books)) in acts.into_iter().enumerate() {
                let (db, people) = (db.clone(), Arc::clone(&people));
                let when = now() + TimeDelta::milliseconds(i64::try_from(n).unwrap());
                tasks.spawn(async move {
                    if books {
                        book(&db, &people[who], session, when).await.map(drop)
                    } else {
                        match cancel(&db, &people[who], session, when).await {
                            Ok(_) | Err(BookingError::NothingBooked) => Ok(()),
                            Err(other) => Err(other),
                        }
                    }
                });
            }
            for answer in tasks.join_all().await {
                answer.unwrap();
            }
        };

        // Everybody presses the button three times.
        at_once((0..3 * PEOPLE).map(|n| (n % PEOPLE, true)).collect()).await;
        let after = check(&db, session, 30).await;
        assert_eq!(after.len(), PEOPLE);
        assert_eq!(after.iter().filter(|(_, state)| state == "confirmed").count(), SEATS);

        // Ten with a seat let go at once: the ten who waited longest have them, in order.
        let queue: Vec<_> = after.iter().skip(SEATS).map(|(who, _)| *who).collect();
        let leaving: Vec<_> = after.iter().step_by(3).take(10).map(|(who, _)| *who).collect();
        let number = |who: &MemberId| people.iter().position(|person| id(person) == *who).unwrap();
        at_once(leaving.iter().map(|who| (number(who), false)).collect()).await;
        let after = check(&db, session, 30).await;
        let seated: Vec<_> = after
            .iter()
            .filter(|(_, state)| state == "confirmed")
            .map(|(who, _)| *who)
            .collect();
        assert!(queue[..10].iter().all(|who| seated.contains(who)));
        assert!(queue[10..].iter().all(|who| !seated.contains(who)));

        // And now all together, booking and letting go in a wild order.
        at_once((0..300).map(|n| (n * 37 % PEOPLE, n * 7919 % 5 < 3)).collect()).await;
        check(&db, session, 30).await;
    })
    .await;
}
