//! What is around a month's end: the book, its lock, and the portal.

use std::path::Path;

use anyhow::Result;
use usagebook::Book;
use usagebook::book::BookWriter;
use usagebook::config::{Configuration, MonthSettings};
use usagebook::period::BillingPeriod;
use usagebook::usecase::{Download, Surroundings};

use crate::cli::arguments::MonthArguments;
use crate::cli::progress::Watch;
use crate::cli::writing;

/// The book as it is named, and the portal if there is one.
pub struct Desk<'a> {
    arguments: &'a MonthArguments,
    settings: &'a MonthSettings,
    timezone: Option<chrono_tz::Tz>,
    #[cfg(feature = "pull")]
    portal: Option<portal::Portal<'a>>,
}

impl<'a> Desk<'a> {
    /// # Errors
    /// An address, a token or certificates that cannot be used.
    pub fn new(
        arguments: &'a MonthArguments,
        settings: &'a MonthSettings,
        configuration: &Configuration,
        period: BillingPeriod,
        watch: &'a Watch,
    ) -> Result<Self> {
        let timezone = configuration.timezone.filter(|_| arguments.new);
        let is_asked = arguments.inputs.is_empty() && settings.url.is_some();
        #[cfg(feature = "pull")]
        {
            let portal = || portal::Portal::new(arguments, settings, period, watch);
            let portal = is_asked.then(portal).transpose()?;
            Ok(Self { arguments, settings, timezone, portal })
        }
        #[cfg(not(feature = "pull"))]
        {
            let _ = (period, watch);
            anyhow::ensure!(
                !is_asked,
                "this build cannot download from url in [month]; use a build with the feature pull, or name inputs"
            );
            Ok(Self { arguments, settings, timezone })
        }
    }
}

impl Surroundings for Desk<'_> {
    fn book(&self) -> usagebook::Result<Book> {
        Book::open(&self.settings.book)
    }

    fn writer(&self) -> usagebook::Result<BookWriter> {
        let access = self.arguments.access.private();
        writing::open(&self.settings.book, &self.arguments.lock, self.timezone, access, "month")
    }

    fn written(&self, writer: &BookWriter) {
        writing::report(&self.settings.book, writer, self.arguments.notes.quiet);
    }

    #[cfg(feature = "pull")]
    fn download(&self, to: &Path) -> usagebook::Result<Download> {
        self.portal.as_ref().expect("it is made whenever something is downloaded").download(to)
    }

    #[cfg(not(feature = "pull"))]
    fn download(&self, _: &Path) -> usagebook::Result<Download> {
        Err(usagebook::Error::WithoutFeature { format: "url", feature: "pull" })
    }
}

#[cfg(feature = "pull")]
mod portal {
    //! The portal, its token already read.

    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    use usagebook::config::MonthSettings;
    use usagebook::conflict::Conflict;
    use usagebook::error::{Error, Result};
    use usagebook::files::access::{Access, exposed_secret};
    use usagebook::period::BillingPeriod;
    use usagebook::pull::{
        Endpoint, HttpTransport, PortalAddress, PullProgress, PullRequest, Pulled, SystemClock, pull,
        read_token,
    };
    use usagebook::usecase::Download;

    use crate::cli::arguments::MonthArguments;
    use crate::cli::commands::pull::{draw, is_readable_on_the_way};
    use crate::cli::notices::say;
    use crate::cli::progress::Watch;

    /// As many requests at a time as `pull` sends if nothing else is asked for.
    const JOBS: usize = 2;

    pub struct Portal<'a> {
        address: PortalAddress,
        transport: HttpTransport,
        period: BillingPeriod,
        access: Access,
        is_quiet: bool,
        watch: &'a Watch,
    }

    impl<'a> Portal<'a> {
        pub fn new(
            arguments: &MonthArguments,
            settings: &MonthSettings,
            period: BillingPeriod,
            watch: &'a Watch,
        ) -> Result<Self> {
            let address: PortalAddress = settings.url.as_deref().unwrap_or_default().parse()?;
            let token = read_token(settings.token_file.as_deref())?;
            if let Some(warning) = settings.token_file.as_deref().and_then(exposed_secret) {
                say(format_args!("warning: {warning}"));
            }
            if token.is_some() && is_readable_on_the_way(address.as_str()) {
                say(format_args!("the token goes to {address} unencrypted; https keeps it secret"));
            }
            let transport = HttpTransport::new(&address, token.as_deref(), settings.ca_file.as_deref())?;
            let access = arguments.access.private();
            Ok(Self { address, transport, period, access, is_quiet: arguments.notes.quiet, watch })
        }

        /// Downloads, or goes on with what is in the folder.
        pub fn download(&self, to: &Path) -> Result<Download> {
            let pulled = match self.pull(to) {
                // Another portal or token than before: what is there is of no use.
                Err(Error::Conflict(Conflict::ResumedOtherwise)) => {
                    remove(to)?;
                    self.pull(to)
                }
                pulled => pulled,
            };
            let pulled = pulled.map_err(|error| match error {
                Error::PullInterrupted => Error::Interrupted,
                error => error,
            })?;
            let unsound = pulled.lists.iter().find(|list| !list.is_sound());
            let lacking = unsound.map(|list| {
                let verdict = &list.verdict;
                let name = match list.endpoint.folder() {
                    "" => "records",
                    folder => folder,
                };
                match verdict.contradictions.first() {
                    _ if list.is_empty_for_rights() => {
                        format!("{name}: the portal shows none; the token may have no rights to see them")
                    }
                    Some(contradiction) if verdict.is_whole() => {
                        format!("{name}: {contradiction}: it was moved during the download")
                    }
                    _ => format!("{name}: {list}"),
                }
            });
            // What is whole and still cannot be used would be found again; what lacks records goes on.
            if unsound.is_some_and(|list| list.verdict.is_whole()) {
                remove(to)?;
            }
            Ok(Download { lacking, seen_as: pulled.lists.first().and_then(|list| list.seen_as) })
        }

        fn pull(&self, to: &Path) -> Result<Pulled> {
            let progress = Arc::new(PullProgress::default());
            let interrupted = Arc::clone(&progress);
            self.watch.also(move || interrupted.interrupt());
            let request = PullRequest {
                periods: vec![self.period],
                others: vec![Endpoint::ComponentUsages],
                jobs: JOBS,
                is_resumed: true,
                access: self.access,
                ..PullRequest::new(self.address.clone(), to)
            };
            let bar = draw(&progress, self.is_quiet);
            let pulled = pull(&request, &self.transport, &SystemClock, &progress);
            drop(bar);
            pulled
        }
    }

    fn remove(folder: &Path) -> Result<()> {
        fs::remove_dir_all(folder).map_err(|source| Error::Unwritable { path: folder.to_owned(), source })
    }
}
