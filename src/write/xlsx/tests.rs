use std::io::{Cursor, Read};

use calamine::Reader;
use zip::ZipArchive;

use super::*;
use crate::dimension::Dimension;
use crate::pack::PackSpec;
use crate::usecase::{Preparation, Prepared};
use crate::{ReadRequest, ReportSpec, read};

fn sample() -> Pack {
    let intake = read(&ReadRequest::new(["fixtures/real/complete/2026-10"]), &Default::default()).unwrap();
    let as_of = "2026-11-23".parse().unwrap();
    let report = ReportSpec { by: vec![Dimension::Customer], ..ReportSpec::monthly(as_of) };
    let spec = PackSpec { report, has_users: false, is_pseudonymous: false, letterhead: Default::default() };
    Prepared::new(intake, &Preparation::of_pack(&spec)).unwrap().pack(&spec).unwrap()
}

fn part(workbook: &[u8], name: &str) -> Option<String> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut text = String::new();
    archive.by_name(name).ok()?.read_to_string(&mut text).unwrap();
    Some(text)
}

#[test]
fn rows_that_do_not_fit_a_sheet_stand_on_the_next_and_the_cover_says_so() {
    let pack = sample();
    let rows = pack.detail.rows.len();
    let mut workbook = Vec::new();
    let detail = Detail::with_rows(&pack.detail, rows - 1, rows);
    write_detail(&pack, &detail, &mut workbook).unwrap();
    let tables: Vec<String> =
        (1..=2).map(|at| part(&workbook, &format!("xl/tables/table{at}.xml")).unwrap()).collect();
    assert!(
        tables[0].contains(&format!("name=\"tblDetail\" displayName=\"tblDetail\" ref=\"A1:F{rows}\"")),
        "{}",
        tables[0]
    );
    assert!(tables[1].contains("displayName=\"tblDetail2\" ref=\"A1:F2\""), "{}", tables[1]);
    let strings = part(&workbook, "xl/sharedStrings.xml").unwrap();
    assert!(strings.contains("more than a sheet holds; it is on 2 sheets"), "the cover says so");
    let checks = part(&workbook, "xl/worksheets/sheet6.xml").unwrap();
    assert!(checks.contains("SUM(tblDetail[records])+SUM(tblDetail2[records])"));
}

/// The values of all cells of a sheet.
fn values(workbook: &[u8], sheet: &str) -> Vec<(usize, usize, calamine::Data)> {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(workbook)).unwrap();
    let range = workbook.worksheet_range(sheet).unwrap();
    range.used_cells().map(|(row, column, value)| (row, column, value.clone())).collect()
}

#[test]
fn a_sheet_that_waits_on_disk_is_the_one_that_is_kept_in_memory() {
    let pack = sample();
    let rows = pack.detail.rows.len();
    let drawn = |rows_in_memory| {
        let detail = Detail::with_rows(&pack.detail, rows, rows_in_memory);
        assert_eq!(detail.is_on_disk(), rows_in_memory < rows);
        let mut workbook = Vec::new();
        write_detail(&pack, &detail, &mut workbook).unwrap();
        workbook
    };
    let (in_memory, on_disk) = (drawn(rows), drawn(rows - 1));
    assert_eq!(values(&in_memory, "Detail").len(), (rows + 1) * pack.detail.columns.len());
    assert_eq!(values(&in_memory, "Detail"), values(&on_disk, "Detail"));
    let table = |workbook| part(workbook, "xl/tables/table1.xml").unwrap();
    assert_eq!(table(&in_memory), table(&on_disk));
}

#[test]
fn no_room_for_what_waits_on_disk_is_an_error_that_says_where() {
    let error = with_disk(|| -> Result<()> { panic!("the library found no room") }).unwrap_err();
    let crate::Error::Unwritable { path, source } = error else { panic!("{error}") };
    assert_eq!((path, source.kind()), (std::env::temp_dir(), std::io::ErrorKind::StorageFull));
}

#[test]
fn a_full_disk_is_an_error_that_says_so() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = write(&sample(), &mut Full).unwrap_err();
    let crate::Error::Output { source } = error else { panic!("{error}") };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
}
