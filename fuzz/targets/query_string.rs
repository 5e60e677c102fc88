//! What follows the question mark of a request.

#![no_main]

use std::sync::{Arc, LazyLock};

use http::Request;
use libfuzzer_sys::fuzz_target;
use usagebook::listing::{Catalogue, UsageStyle};
use usagebook::serve::{Settings, Shelf, Site, Tokens};
use usagebook::{Progress, ReadRequest, read};

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/formats/page.json");
    let mut request = ReadRequest::new([page]);
    request.reading.keeps_details = true;
    let intake = read(&request, &Arc::new(Progress::default())).expect("a page");
    let catalogue = Catalogue::new(intake.frame, chrono_tz::Tz::UTC).expect("a catalogue");
    let settings = Settings {
        tokens: Tokens::default(),
        base_url: None,
        page_size_max: 100,
        cors_origins: Vec::new(),
        usage: UsageStyle::Number,
    };
    let address = "127.0.0.1:80".parse().expect("an address");
    Site::new(settings, Arc::new(Shelf::new(catalogue)), address)
});

fuzz_target!(|bytes: &[u8]| {
    let query = String::from_utf8_lossy(bytes);
    let path = format!("/api/marketplace-component-user-usages/?{query}");
    let Ok(request) = Request::get(path).body(()) else { return };
    let answer = SITE.answer(&request.into_parts().0);
    assert!([200, 400, 404, 406].contains(&answer.status().as_u16()), "{}", answer.status());
});
