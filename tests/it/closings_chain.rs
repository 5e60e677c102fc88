//! Closings form a chain: what is removed, swapped or changed is found, and a signature proves who closed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use usagebook::Book;

use crate::binary::run;
use crate::book::{Parcel, close, shelf};

const RECORDS: &str = "
    acme cpu hour 2026-08 alice 1.00
    acme cpu hour 2026-09 alice 2.00
    acme cpu hour 2026-10 alice 3.00
";

/// What `verify` says of a book whose manifest somebody edited, with all checksums made to fit.
pub fn verified(book: &Path, edit: impl Fn(&mut Value)) -> Vec<String> {
    let root: Value = serde_json::from_slice(&fs::read(book.join("book.json")).unwrap()).unwrap();
    let generations = book.join(".book/generations");
    let number = root["generation"].as_u64().unwrap();
    let name = |sha256: &str| format!("{number}-{}", &sha256[..16]);
    let folder = generations.join(name(root["manifest"].as_str().unwrap()));
    let text = fs::read(folder.join("manifest.json")).unwrap();
    let mut manifest: Value = serde_json::from_slice(&text).unwrap();
    edit(&mut manifest);
    let edited = serde_json::to_vec(&manifest).unwrap();
    let sha256 = usagebook::text::hex(&Sha256::digest(&edited));
    fs::write(folder.join("manifest.json"), &edited).unwrap();
    let renamed = generations.join(name(&sha256));
    fs::rename(&folder, &renamed).unwrap();
    let mut forged = root.clone();
    forged["manifest"] = sha256.into();
    if manifest["head"] != root["head"] {
        forged["head"] = manifest["head"].clone();
    }
    fs::write(book.join("book.json"), serde_json::to_vec(&forged).unwrap()).unwrap();
    let verification = Book::open(book).unwrap().verify().unwrap();
    fs::rename(&renamed, &folder).unwrap();
    fs::write(folder.join("manifest.json"), &text).unwrap();
    fs::write(book.join("book.json"), serde_json::to_vec(&root).unwrap()).unwrap();
    verification.damage.into_iter().map(|damage| damage.reason).collect()
}

#[test]
fn a_removed_swapped_or_changed_closing_is_found_though_all_checksums_fit() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-02", RECORDS).deliver(&book);
    for month in ["2026-09", "2026-08", "2026-10"] {
        close(&book, month).unwrap();
    }
    assert_eq!(verified(&book, |_| {}), [""; 0]);
    let closings = |manifest: &mut Value, month: &str| manifest["months"][month]["closings"].take();
    let last = verified(&book, |manifest| {
        closings(manifest, "2026-10");
        manifest["months"]["2026-10"]["closings"] = Value::Array(Vec::new());
    });
    assert!(last.join("").contains("names as its last one is not there"), "{last:?}");
    let middle = verified(&book, |manifest| {
        manifest["months"]["2026-08"]["closings"] = Value::Array(Vec::new());
    });
    assert!(middle.join("").contains("2026-10 v1 names a closing before it that is not there"), "{middle:?}");
    let changed = verified(&book, |manifest| {
        manifest["months"]["2026-09"]["closings"][0]["note"] = "another note".into();
    });
    assert!(changed.join("").contains("2026-08 v1 names a closing before it"), "{changed:?}");
    let swapped = verified(&book, |manifest| {
        let [one, other] =
            ["2026-08", "2026-10"].map(|month| manifest["months"][month]["closings"][0]["previous"].clone());
        manifest["months"]["2026-08"]["closings"][0]["previous"] = other;
        manifest["months"]["2026-10"]["closings"][0]["previous"] = one;
    });
    assert!(!swapped.is_empty());
}

#[test]
fn closings_of_earlier_programs_are_where_the_chain_begins() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-02", RECORDS).deliver(&book);
    close(&book, "2026-09").unwrap();
    let unchained = |manifest: &mut Value| {
        manifest["months"]["2026-09"]["closings"][0].as_object_mut().unwrap().remove("previous");
        manifest.as_object_mut().unwrap().remove("head");
    };
    // The root of such a book names no last closing either.
    let without_head = verified(&book, unchained);
    assert_eq!(without_head, [""; 0]);
}

/// Whether this machine has the program that signs.
fn can_sign(folder: &Path) -> bool {
    let key = folder.join("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "mari", "-f"])
        .arg(&key)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    made.is_ok_and(|status| status.success())
}

#[test]
fn ssh_keygen_accepts_the_signature_of_a_closing_and_no_other() {
    let (folder, book) = shelf();
    if !can_sign(folder.path()) {
        return;
    }
    Parcel::new("2026-11-02", RECORDS).deliver(&book);
    let named = format!("--book '{}'", book.display());
    let missing = run(&format!("close 2026-10 {named} --sign '{}'", folder.path().join("none").display()));
    assert!(missing.code == 1 && missing.stderr.contains("nothing was closed"), "{}", missing.stderr);
    let closed = run(&format!("close 2026-10 {named} --sign '{}'", folder.path().join("key").display()));
    assert_eq!(closed.code, 0, "{}", closed.stderr);
    run(&format!("close 2026-09 {named}"));
    let status: Value =
        serde_json::from_str(&run(&format!("status --format json {named}")).stdout).expect("JSON");
    let closing = &status[2]["closings"][0];
    assert!(status[1]["closings"][0]["signature"].is_null());
    let digest = closing["closing_digest"].as_str().expect("a digest");
    let verified = run(&format!("verify {named}"));
    assert!(
        verified.stdout.ends_with(&format!("2026-10 v1 has a signature of its digest {digest}\n")),
        "{}{}",
        verified.stdout,
        verified.stderr
    );

    let (signature, signers) = (folder.path().join("signature"), folder.path().join("signers"));
    fs::write(&signature, closing["signature"].as_str().expect("a signature")).unwrap();
    let key = fs::read_to_string(folder.path().join("key.pub")).unwrap();
    fs::write(&signers, format!("mari {key}")).unwrap();
    let accepts = |text: &str| {
        let signed = folder.path().join("signed");
        fs::write(&signed, text).unwrap();
        let status = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-I", "mari", "-n", "usagebook-closing", "-f"])
            .arg(&signers)
            .arg("-s")
            .arg(&signature)
            .stdin(fs::File::open(&signed).unwrap())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.expect("ssh-keygen runs").success()
    };
    assert!(accepts(&format!("{digest}\n")));
    assert!(!accepts(&format!("{}\n", "0".repeat(64))));
}
