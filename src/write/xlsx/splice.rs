//! Puts the rows of the detail into a workbook that has but samples of them.

use std::io::{self, Cursor, Read, Write};

use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::detail::{Detail, Part, Rows, SAMPLES, Strings};
use crate::error::{Error, Result};

/// What the library is known to write.
const KNOWN: &str = "a sheet as the library writes it";

/// The parts that are no text.
const PICTURES: &str = "xl/media/";

const STRINGS: &str = "xl/sharedStrings.xml";

/// Writes the workbook; `first_sheet` is the place of the first detail sheet, from 1.
pub fn splice(workbook: Vec<u8>, detail: &Detail<'_>, first_sheet: usize, out: &mut dyn Write) -> Result<()> {
    spliced(workbook, detail, first_sheet, out).map_err(|error| Error::Output { source: error.into() })
}

fn spliced(workbook: Vec<u8>, detail: &Detail<'_>, first_sheet: usize, out: &mut dyn Write) -> ZipResult<()> {
    let mut archive = ZipArchive::new(Cursor::new(workbook))?;
    let strings_xml = text(&mut archive, STRINGS)?;
    let strings = Strings::new(detail.report, attribute(&strings_xml, "uniqueCount").parse().expect(KNOWN));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .unix_permissions(0o600)
        .last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new_stream(out);
    for at in 0..archive.len() {
        let name = archive.by_index(at)?.name()?.into_owned();
        zip.start_file(name.as_str(), options)?;
        if name.starts_with(PICTURES) {
            io::copy(&mut archive.by_index(at)?, &mut zip)?;
            continue;
        }
        let content = text(&mut archive, &name)?;
        let part = |start: &str, first: usize| {
            let number: usize = name.strip_prefix(start)?.strip_suffix(".xml")?.parse().ok()?;
            detail.parts.get(number.checked_sub(first)?).filter(|_| !detail.report.rows.is_empty())
        };
        if let Some(part) = part("xl/worksheets/sheet", first_sheet) {
            put_sheet(&content, detail, part, &strings, &mut zip)?;
        } else if let Some(part) = part("xl/tables/table", 1) {
            zip.write_all(with_range(&content, detail, part).as_bytes())?;
        } else if name == STRINGS {
            put_strings(&content, &strings, &mut zip)?;
        } else {
            zip.write_all(content.as_bytes())?;
        }
    }
    zip.finish()?;
    Ok(())
}

/// Level 6 makes files a seventh smaller and takes twice the time.
const LEVEL: i64 = 3;

fn text(archive: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str) -> ZipResult<String> {
    let mut text = String::new();
    archive.by_name(name)?.read_to_string(&mut text)?;
    Ok(text)
}

/// The value of the first attribute of that name.
fn attribute<'t>(xml: &'t str, name: &str) -> &'t str {
    let start = xml.find(&format!(" {name}=\"")).expect(KNOWN) + name.len() + 3;
    let length = xml[start..].find('"').expect(KNOWN);
    &xml[start..start + length]
}

fn put_sheet(
    content: &str,
    detail: &Detail<'_>,
    part: &Part,
    strings: &Strings<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    let samples = content.find("<row r=\"2\"").expect(KNOWN);
    let end = content.find("</sheetData>").expect(KNOWN);
    let styles = content[samples..end].split("<row ").skip(1).map(styles).collect();
    out.write_all(with_range(&content[..samples], detail, part).as_bytes())?;
    let rows = Rows { report: detail.report, strings, styles };
    rows.put(part, &mut |piece| out.write_all(piece))?;
    out.write_all(&content.as_bytes()[end..])
}

/// ` s="7"` of each cell of a sample row.
fn styles(row: &str) -> Vec<String> {
    let style = |cell: &str| {
        let head = &cell[..cell.find('>').expect(KNOWN)];
        if head.contains(" s=\"") { format!(" s=\"{}\"", attribute(head, "s")) } else { String::new() }
    };
    row.split("<c r=").skip(1).map(style).collect()
}

/// With the true rows where the samples' stood.
fn with_range(xml: &str, detail: &Detail<'_>, part: &Part) -> String {
    let range =
        |rows: u32| rust_xlsxwriter::utility::cell_range(0, 0, rows, detail.report.columns.len() as u16 - 1);
    let (samples, all) = (range(SAMPLES), range(part.rows.len() as u32));
    xml.replace(&format!("ref=\"{samples}\""), &format!("ref=\"{all}\""))
}

fn put_strings(content: &str, strings: &Strings<'_>, out: &mut impl Write) -> io::Result<()> {
    let unique: usize = attribute(content, "uniqueCount").parse().expect(KNOWN);
    let count = attribute(content, "count");
    let head = content.find("<si>").unwrap_or(content.find("</sst>").expect(KNOWN));
    let end = content.find("</sst>").expect(KNOWN);
    let head_text = content[..head].replace(&format!(" count=\"{count}\""), "").replace(
        &format!(" uniqueCount=\"{unique}\""),
        &format!(" uniqueCount=\"{}\"", unique + strings.len()),
    );
    out.write_all(head_text.as_bytes())?;
    out.write_all(&content.as_bytes()[head..end])?;
    strings.items().try_for_each(|item| out.write_all(item.as_bytes()))?;
    out.write_all(&content.as_bytes()[end..])
}
