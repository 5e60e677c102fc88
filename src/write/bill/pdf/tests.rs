use super::*;
use crate::amount::Amount;
use crate::bill::{BillCredit, BillLine, BillOffering, BillPart, BillProject, DocumentKind, Recipient, Vat};
use crate::currency::Currency;
use crate::dimension::Dimension;
use crate::period::PeriodRange;
use crate::quantity::Quantity;

fn amount(cents: i128) -> Amount {
    Amount::new(cents * 10, 2)
}

fn line(name: &str, cents: i128) -> BillLine {
    BillLine {
        customer_uuid: 9,
        period: "2026-10".parse().unwrap(),
        component: name.to_owned(),
        component_type: name.to_owned(),
        resource: name.to_owned(),
        resource_uuid: 3,
        component_usage: 4,
        side: None,
        quantity: Quantity::from_hundredths(500_000),
        unit: name.to_owned(),
        price: "1,000 × 0.08 + 4,000 × 0.065".to_owned(),
        steps: Vec::new(),
        vat_rate: Some("24".to_owned()),
        amount: amount(cents),
    }
}

/// A bill of many lines whose every text is that name.
fn bill(name: &str, lines: usize) -> Bill {
    let sum = 100 * lines as i128;
    let lines = (0..lines).map(|_| line(name, 100)).collect();
    let offering = BillOffering { uuid: 2, name: name.to_owned(), lines, subtotal: amount(sum) };
    let project = BillProject {
        uuid: 1,
        name: name.to_owned(),
        customer: name.to_owned(),
        offerings: vec![offering],
        subtotal: amount(sum),
    };
    let credit = BillCredit {
        period: "2026-10".parse().unwrap(),
        customer_uuid: 9,
        customer: name.to_owned(),
        project: Some(name.to_owned()),
        reason: name.to_owned(),
        price: Some("-6 JPY at 0.0061".to_owned()),
        vat_rate: None,
        amount: amount(-1),
        side: None,
    };
    let vat = Vat { rate: "24".to_owned(), net: amount(sum), amount: amount(sum * 24 / 100) };
    let part = BillPart {
        currency: Currency::parse("EUR").unwrap(),
        projects: vec![project],
        credits: vec![credit],
        net: amount(sum - 1),
        total: amount(sum - 1) + vat.amount,
        vat: vec![vat],
        vat_notes: vec![name.to_owned()],
        rounding: Some("Rounding".to_owned()),
    };
    let recipient = Recipient {
        kind: "customer",
        uuid: Some(9),
        name: name.to_owned(),
        address: vec![name.to_owned()],
        purchase_orders: vec![name.to_owned()],
        ..Recipient::default()
    };
    Bill {
        recipient,
        parts: vec![part],
        kind: DocumentKind::Bill,
        corrects: Vec::new(),
        issued: None,
        lacks: Vec::new(),
    }
}

fn spec(sender: Sender) -> BillSpec {
    let period = PeriodRange::month("2026-10".parse().unwrap());
    BillSpec { per: Dimension::Customer, period, date: "2026-11-23".parse().unwrap(), sender }
}

fn printed(name: &str, lines: usize) -> Vec<u8> {
    let spec = spec(Sender::default());
    Press::new(&spec.sender).unwrap().print(&bill(name, lines), &spec).unwrap()
}

/// What a template of that text makes of a bill, in a folder beside a secret, with a link to it.
fn with_template(text: &str) -> std::result::Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    fs::create_dir(&own).unwrap();
    fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    fs::write(own.join("ours.typ"), text).unwrap();
    fs::write(own.join("words.typ"), "#let words = [Rechnung]").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.txt", own.join("link.txt")).unwrap();
    let spec = spec(Sender { template: Some(own.join("ours.typ")), ..Sender::default() });
    let printed = Press::new(&spec.sender).unwrap().print(&bill("Acme", 1), &spec);
    printed.map_err(|error| error.to_string())
}

#[test]
fn the_same_bill_is_the_same_bytes_whatever_was_printed_before() {
    let first = printed("Acme", 2);
    assert!(first.starts_with(b"%PDF-1.7"));
    printed("Other", 1);
    assert_eq!(printed("Acme", 2), first);
}

#[test]
fn no_name_stops_a_bill() {
    let long = "x".repeat(10_000);
    let names = [
        "🚀 Startup Ltd",
        "国立計算科学研究所",
        "שלום עולם مرحبا",
        "#let x = $y$ *z* _a_ `b` \\u{1} <c> @d // e",
        "a\u{301}\u{302}\u{200d}\u{fe0f}\u{e000}\u{ffff}\u{0}\u{202e}",
        "क्षत्रिय ภาษาไทย ᏣᎳᎩ 𝔘 ⅷ ﬁ ẞ",
        "",
        " ",
        &long,
    ];
    for name in names {
        assert!(printed(name, 1).starts_with(b"%PDF-1.7"), "{name:?}");
    }
}

#[test]
fn a_template_of_ones_own_may_load_its_folder_and_nothing_else() {
    let head = "#set document(title: \"x\")\n";
    let with = |text: &str| with_template(&format!("{head}{text}"));
    assert!(with("#import \"words.typ\": words\n#words #json(\"data.json\").title").is_ok());
    for (text, expected) in [
        ("#read(\"../secret.txt\")", "ours.typ: line 2: "),
        ("#read(\"/etc/passwd\")", "ours.typ: line 2: file not found"),
        ("#import \"@preview/cetz:0.3.0\"", "packages are not used"),
        ("\n#nothing", "ours.typ: line 3: unknown variable: nothing"),
    ] {
        let said = with(text).unwrap_err();
        assert!(said.contains(expected), "{text}: {said}");
    }
    if cfg!(unix) {
        let said = with("#read(\"link.txt\")").unwrap_err();
        assert!(said.contains("line 2: ") && !said.contains("secret"), "{said}");
    }
}

#[test]
fn long_words_and_large_figures_are_set() {
    let mut long = bill(&"resource_".repeat(60), 3);
    for line in &mut long.parts[0].projects[0].offerings[0].lines {
        (line.unit, line.amount) = ("gigabyte_hours_replicated".to_owned(), amount(9_999_999_999));
        line.quantity = Quantity::from_hundredths(i64::MAX.into());
    }
    long.parts[0].projects[0].offerings[0].lines[0].vat_rate = None;
    let spec = spec(Sender::default());
    assert!(Press::new(&spec.sender).unwrap().print(&long, &spec).unwrap().starts_with(b"%PDF-1.7"));
}

#[test]
fn a_bill_that_spells_characters_out_is_known() {
    let spec = spec(Sender::default());
    let press = Press::new(&spec.sender).unwrap();
    assert!(press.spells_out(&bill("🚀 Ltd", 1), &spec));
    assert!(!press.spells_out(&bill("Tartu Ülikool", 1), &spec));
}

#[test]
fn a_folder_without_a_font_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let said =
        Press::new(&Sender { fonts: Some(folder.path().to_owned()), ..Sender::default() }).unwrap_err();
    assert!(said.to_string().contains("it has no font"), "{said}");
}

#[test]
fn messages_of_templates_do_not_speak_of_the_command_of_typst() {
    let said = with_template("#set document(title: \"x\")\n#read(\"../secret.txt\")").unwrap_err();
    assert!(!said.contains("you can"), "{said}");
}

#[test]
fn fonts_of_a_folder_are_read_and_what_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let with_folder = || Press::new(&Sender { fonts: Some(folder.path().to_owned()), ..Sender::default() });
    let own = Press::new(&Sender::default()).unwrap().fonts.len();
    fs::write(folder.path().join("one.OTF"), typst_assets::fonts().next().unwrap()).unwrap();
    fs::write(folder.path().join("licence.txt"), "text").unwrap();
    assert_eq!(with_folder().unwrap().fonts.len(), own + 1);
    fs::write(folder.path().join("two.ttf"), "text").unwrap();
    let said = with_folder().unwrap_err().to_string();
    assert!(said.contains("two.ttf: it is no font that can be read"), "{said}");
}

#[test]
fn the_clock_of_a_template_is_the_date_of_the_bill() {
    let same =
        with_template("#set document(title: \"x\")\n#assert(datetime.today().display() == \"2026-11-23\")");
    assert!(same.is_ok(), "{same:?}");
}
