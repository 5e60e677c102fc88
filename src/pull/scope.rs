//! How much of the portal a token shows: newer portals list by role, and a count is right for the token alone.

use serde::Deserialize;

use super::fetch::Fetcher;
use super::stop::Stop;
use crate::ingest::SeenAs;

/// Three fields, because the whole answer has the token in it.
const ME: &str = "/api/users/me/?field=uuid&field=is_staff&field=is_support";

/// Asks whose token it is. `None` if the portal does not say.
pub(crate) fn ask(fetcher: &Fetcher, address: &str) -> Result<Option<SeenAs>, Stop> {
    Ok(fetcher.object(format!("{address}{ME}"))?.and_then(|body| read(&body)))
}

/// Only staff and support are shown whether they are staff or support.
fn read(body: &[u8]) -> Option<SeenAs> {
    #[derive(Deserialize)]
    struct Me {
        uuid: String,
        #[serde(default)]
        is_staff: Option<bool>,
        #[serde(default)]
        is_support: Option<bool>,
    }
    let me: Me = serde_json::from_slice(body).ok()?;
    let sees_all = me.is_staff == Some(true) || me.is_support == Some(true);
    (!me.uuid.is_empty()).then_some(if sees_all { SeenAs::All } else { SeenAs::Part })
}

/// What is seen by two tokens one after the other, as when a pull goes on with another one: the lesser of both.
pub(crate) fn joined(earlier: Option<SeenAs>, later: Option<SeenAs>) -> Option<SeenAs> {
    match (earlier, later) {
        (Some(SeenAs::Part), _) | (_, Some(SeenAs::Part)) => Some(SeenAs::Part),
        (Some(SeenAs::All), Some(SeenAs::All)) => Some(SeenAs::All),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_and_support_see_everything() {
        for (body, seen_as) in [
            (r#"{"uuid":"a","is_staff":true,"is_support":false}"#, Some(SeenAs::All)),
            (r#"{"uuid":"a","is_staff":false,"is_support":true}"#, Some(SeenAs::All)),
            (r#"{"uuid":"a","is_staff":false,"is_support":false}"#, Some(SeenAs::Part)),
            (r#"{"uuid":"a","is_staff":null}"#, Some(SeenAs::Part)),
            (r#"{"uuid":"a"}"#, Some(SeenAs::Part)),
            (r#"{"detail":"Not found."}"#, None),
            (r#"{"uuid":"","is_staff":true}"#, None),
            (r#"[{"uuid":"a","is_staff":true}]"#, None),
            ("<html>", None),
            ("", None),
        ] {
            assert_eq!(read(body.as_bytes()), seen_as, "{body}");
        }
    }

    #[test]
    fn a_pull_that_goes_on_with_another_token_sees_no_more_than_either() {
        let (all, part) = (Some(SeenAs::All), Some(SeenAs::Part));
        for (earlier, later, seen_as) in
            [(all, all, all), (all, part, part), (part, all, part), (part, None, part), (all, None, None)]
        {
            assert_eq!(joined(earlier, later), seen_as);
        }
    }
}
