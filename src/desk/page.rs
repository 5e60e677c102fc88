//! The frame of every page: who keeps the book, where one is, and what the page says.

use std::sync::LazyLock;

use hyper::StatusCode;
use maud::{DOCTYPE, Markup, html};

use super::doorway::Refusal;
use super::opened::Opened;
use super::parameters::Parameters;
use super::reply::{Problem, Reply};
use super::site::Visit;
use crate::book::Book;
use crate::files::hashing::Digest;
use crate::period::BillingPeriod;
use crate::text::visible::{shown, visible_line};
use crate::write::html::STYLE;

/// The pages that every page leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Here {
    Months,
    Figures,
    Warnings,
    Changes,
    Log,
}

impl Here {
    const ALL: [(Self, &str, &str); 5] = [
        (Self::Months, "/", "Months"),
        (Self::Figures, "/figures", "Figures"),
        (Self::Warnings, "/warnings", "Warnings"),
        (Self::Changes, "/changes", "Changes"),
        (Self::Log, "/log", "Log"),
    ];
}

/// What a page shows.
pub(crate) struct Page {
    pub here: Here,
    pub title: String,
    /// The month that other pages are to show as well.
    pub month: Option<BillingPeriod>,
    pub body: Markup,
    /// The commands that show the same.
    pub commands: Vec<String>,
}

/// How pages look: as reports do, and what a desk has beside them.
static LOOK: LazyLock<String> =
    LazyLock::new(|| format!("{STYLE}{}", include_str!("desk.css")).replace('\r', ""));

pub(crate) fn style() -> &'static str {
    &LOOK
}

/// The address of the style; it changes with it.
static STYLE_ADDRESS: LazyLock<String> = LazyLock::new(|| {
    let digest = Digest::of(LOOK.as_bytes()).sha256.unwrap_or_default();
    format!("/assets/desk.css?{}", digest.get(..16).unwrap_or_default())
});

impl Visit {
    pub(crate) fn draw(&self, opened: &Opened, page: Page) -> Reply {
        let Page { here, title, month, body, commands } = page;
        let letterhead = &opened.configuration.letterhead;
        let sender = letterhead.organisation.as_deref();
        let head = html! {
            a.skip href="#main" { "Skip to the page" } "\n"
            header.desk {
                p.book {
                    @if let Some(sender) = sender { strong { (shown(sender)) } " " }
                    span { (shown(&self.book_name())) }
                }
                (self.navigation(Some(here), month))
                (self.stop_button())
            } "\n"
        };
        let command = html! {
            @if !commands.is_empty() {
                details.command {
                    summary { "Show the command" } "\n"
                    @for command in &commands { pre tabindex="0" { code { (visible_line(command)) } } "\n" }
                } "\n"
            }
        };
        Reply::page(frame(&title, &head, &html! { h1 { (title) } "\n" (body) (command) }, None))
    }

    fn navigation(&self, here: Option<Here>, month: Option<BillingPeriod>) -> Markup {
        let address =
            |page: Here, path: &str| match month.filter(|_| !matches!(page, Here::Months | Here::Log)) {
                Some(month) => Parameters::default().with("period", &month.to_string()).address(path),
                None => path.to_owned(),
            };
        html! {
            nav.pages aria-label="Pages" { ul {
                @for (page, path, name) in Here::ALL {
                    @let current = (here == Some(page)).then_some("page");
                    li { a href=(address(page, path)) aria-current=[current] { (name) } }
                }
            } } "\n"
        }
    }

    /// The token that a form brings along.
    pub(crate) fn form_token(&self) -> Markup {
        html! { input type="hidden" name="token" value=(self.session.form.reveal()); }
    }

    fn stop_button(&self) -> Markup {
        html! {
            form.stop method="post" action="/stop" {
                (self.form_token())
                button type="submit" { "Stop the desk" }
            }
        }
    }
}

fn frame(title: &str, head: &Markup, body: &Markup, leads_to: Option<&str>) -> Markup {
    html! {
        (DOCTYPE) "\n"
        html lang="en" {
            head {
                "\n" meta charset="utf-8";
                "\n" meta name="viewport" content="width=device-width, initial-scale=1";
                "\n" meta name="color-scheme" content="light dark";
                @if let Some(address) = leads_to { "\n" meta http-equiv="refresh" content={ "0; url=" (address) }; }
                "\n" link rel="icon" href="data:,";
                "\n" link rel="stylesheet" href=(*STYLE_ADDRESS);
                "\n" title { (title) " · usagebook" } "\n"
            } "\n"
            body {
                "\n" (head)
                main #main tabindex="-1" { "\n" (body) } "\n"
                footer { p { "usagebook " (env!("CARGO_PKG_VERSION")) "; this page was made on this machine." } } "\n"
            } "\n"
        } "\n"
    }
}

/// A page of a few words.
fn words(status: StatusCode, title: &str, head: &Markup, body: &Markup) -> Reply {
    Reply::Page(status, frame(title, head, &html! { h1 { (title) } "\n" (body) }, None))
}

/// Why a page could not be made, with the way back.
pub(crate) fn problem(visit: &Visit, problem: &Problem) -> Reply {
    let title = match problem {
        Problem::Nowhere => "No such page",
        Problem::Address(_) => "This address is not understood",
        Problem::Library(_) => "This cannot be shown",
    };
    let head = html! { header.desk { (visit.navigation(None, None)) (visit.stop_button()) } "\n" };
    let body = html! { p.problem { (visible_line(&problem.text())) } p { a href="/" { "All months" } } };
    words(problem.status(), title, &head, &body)
}

/// Why a request is not answered. From a page of another site the cookie does not come along; from a link of this page it does.
pub(crate) fn refused(refusal: Refusal, address: &str) -> Reply {
    let is_own = address.starts_with('/') && !address.starts_with("//") && !address.contains('\\');
    let again = html! { a href=(address) { "Open the page again" } "." };
    let body = html! {
        p.problem { (refusal.text()) }
        @match refusal {
            Refusal::Outside if is_own => p { (again) },
            Refusal::Stranger if is_own => p { "Did a link of another page lead here? " (again) },
            _ => {},
        }
    };
    words(refusal.status(), "Not answered", &Markup::default(), &body)
}

/// Refuses what a page of an earlier state of the book asks for, and says what came since.
pub(crate) fn changed(visit: &Visit, book: &Book, shown: &str, again: &str) -> Reply {
    let since = visit.shared.looks.since(shown, book);
    let head = html! { header.desk { (visit.navigation(None, None)) (visit.stop_button()) } "\n" };
    let body = html! {
        p.problem { "The book has changed since the page was made. Nothing was written." }
        @if let Some(since) = since {
            @if since.is_empty() {
                p { "An entry was added to its log." }
            } @else {
                p { "What came since:" }
                ul { @for text in &since { li { (visible_line(text)) } } }
            }
        }
        p { a href=(again) { "See it as it is now" } }
    };
    words(StatusCode::CONFLICT, "Look again first", &head, &body)
}

pub(crate) fn broken() -> Reply {
    let body = html! { p.problem { "The page could not be made. The terminal shows why." } };
    words(StatusCode::INTERNAL_SERVER_ERROR, "This cannot be shown", &Markup::default(), &body)
}

pub(crate) fn welcome() -> Reply {
    let body = html! { h1 { "The desk is open" } p { a href="/" { "Go to the months" } } };
    Reply::page(frame("The desk is open", &Markup::default(), &body, Some("/")))
}

pub(crate) fn stopped() -> Reply {
    let body =
        html! { p { "Nothing is lost: the book is as the last page showed it. You can close this window." } };
    words(StatusCode::OK, "The desk has stopped", &Markup::default(), &body)
}
