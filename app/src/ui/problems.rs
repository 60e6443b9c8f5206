//! The sentences for what can go wrong and for what went well: one place from code to words.

use crate::i18n::{Locale, tr};

/// A match from codes to keys of the same name.
macro_rules! sentences {
    ($(#[$doc:meta])* $name:ident, $space:ident, $other:ident, [$($code:ident),* $(,)?]) => {
        $(#[$doc])*
        pub fn $name(l: Locale, code: &str) -> String {
            match code {
                $(stringify!($code) => tr!(l, $space.$code).to_string(),)*
                _ => tr!(l, $space.$other).to_string(),
            }
        }
    };
}

sentences!(
    /// What is wrong, and what would help.
    problem, problems, internal,
    [
        // access
        sign_in, members_only, operational_only, circle_only, not_active, facilitators_only, stewards_only, not_yours,
        enter_first, not_found,
        // accounts
        name_missing, email_invalid, email_taken, password_too_short, password_too_long, password_guessable,
        registration_closed, invitation_unusable, sign_in_refused, too_many_attempts, device_not_found,
        link_unusable, address_already, addresses_full, address_unverified, address_is_main, address_not_found,
        no_account_here, password_wrong, request_not_found, invitation_not_found, fresh_needed,
        code_wrong, second_step_late, second_step_already, second_step_missing,
        identity_taken, identity_unknown, last_identity, identity_in_use, nothing_pending,
        merge_same, merge_kinds, merge_moved, merge_ended, merge_unsure, last_steward,
        passkeys_full, passkey_refused, passkey_unknown, passkey_not_found, passkey_late, last_way,
        // members and circles
        too_long, handle_shape, handle_taken, email_shape, website_shape, zone_unknown, language_shape,
        organisation_unknown, member_not_found, circle_not_found, form_invalid,
        // assemblies
        assembly_too_early, assembly_too_late, assembly_not_open, assembly_already_open, assembly_closed,
        assembly_not_over, assembly_called_off, protocol_unread, protocol_changed, role_taken, role_free, agenda_moved,
        agenda_end, entry_empty, entry_too_long, owner_absent, due_passed, title_missing, title_too_long,
        summary_too_long, date_unreadable, time_unreadable, time_skipped, starts_in_past, length_unreadable,
        agenda_longer, item_length_unreadable,
        // tools of the shared sign-on
        client_not_found, client_own, redirect_missing, redirect_shape, after_shape, logout_shape, tool_unknown,
        client_no_secret, registration_token_refused, access_own, access_last_steward, access_not_a_person,
        access_already_ended, access_not_ended, uses_unreadable, host_shape,
        host_taken, path_shape, scim_address_shape, scim_token_shape, review_not_found, circle_role_only,
        // spaces, sessions, bookings
        space_not_found, space_slug_taken, session_not_found, session_conflict, session_wrong_state, session_bad_parts,
        session_bad_rule, booking_past, booking_called_off, booking_nothing, reason_needed,
    ]
);

sentences!(
    /// What went well.
    notice, common, notice_done,
    [
        notice_done, notice_signed_in, notice_signed_out, notice_session_ended, notice_sessions_ended,
        notice_profile_saved,
        notice_password_reset, notice_password_changed, notice_address_added, notice_address_verified,
        notice_address_main, notice_address_removed, notice_invited, notice_invitation_withdrawn,
        notice_request_approved, notice_request_declined, notice_second_step_on, notice_second_step_off,
        notice_unlinked, notice_merged,
        notice_passkey_added, notice_passkey_removed,
        notice_scheduled, notice_opened, notice_entered, notice_left, notice_noted, notice_closed,
        notice_client_added, notice_client_saved, notice_client_rotated, notice_client_closed, notice_client_opened,
        notice_consent_withdrawn, notice_tool_left, notice_tools_left, notice_access_ended, notice_access_restored,
        notice_by_hand, notice_scim_again, notice_token_back, notice_review_finished,
        notice_booked, notice_waiting, notice_let_go, notice_moved, notice_called_off,
    ]
);
