"""What PDF/UA-1 (ISO 14289-1) and PDF/A-3a (ISO 19005-3) ask of a document and a program can check without a judgement: whether
everything on a page is in the tree of structure or is decoration, tables have headings, pictures have words, fonts are in the file,
and what is attached says why. Used by bills.py; alone it checks the files that it is given.

    python tests/foreign/accessible.py may.pdf
"""

import sys

import pikepdf

# What PDF/UA-1 and PDF/A-3a say of themselves.
CLAIMS = {"pdfuaid:part": "1", "pdfaid:part": "3", "pdfaid:conformance": "A"}
RELATIONS = {"/Source", "/Data", "/Alternative", "/Supplement", "/EncryptedPayload", "/FormData", "/Schema", "/Unspecified"}
# What paints something.
PAINTS = {"Tj", "TJ", "'", '"', "f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "sh", "Do"}
GROUPS = {"Table": {"TR", "THead", "TBody", "TFoot", "Caption"}, "THead": {"TR"}, "TBody": {"TR"}, "TFoot": {"TR"}, "TR": {"TH", "TD"}}


def kids(element):
    """The elements below one, and the numbers of what it marks on pages."""
    below = element.get("/K", [])
    below = list(below) if isinstance(below, pikepdf.Array) else [below]
    elements = [kid for kid in below if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
    marks = [kid for kid in below if not (isinstance(kid, pikepdf.Dictionary) and "/S" in kid)]
    return elements, marks


def attribute(element, name):
    held = element.get("/A", [])
    for one in list(held) if isinstance(held, pikepdf.Array) else [held]:
        if isinstance(one, pikepdf.Dictionary) and name in one:
            return one[name]
    return None


def walk(element, roles, above=()):
    yield element, above
    for kid in kids(element)[0]:
        yield from walk(kid, roles, (*above, kind(element, roles)))


def kind(element, roles):
    name = str(element.S)
    for _ in range(8):
        if name not in roles:
            break
        name = str(roles[name])
    return name.lstrip("/")


def check_structure(path, root):
    """Returns what each page has marked: (page, number)."""
    tree = root.StructTreeRoot
    roles = dict(tree.get("/RoleMap", {}).items())
    top = tree.K if isinstance(tree.K, pikepdf.Array) else [tree.K]
    marked, level, kinds = set(), 0, {}
    for first in top:
        for element, above in walk(first, roles):
            name = kind(element, roles)
            kinds[name] = kinds.get(name, 0) + 1
            elements, marks = kids(element)
            for mark in marks:
                page = mark.get("/Pg", element.get("/Pg")) if isinstance(mark, pikepdf.Dictionary) else element.get("/Pg")
                number = mark.get("/MCID") if isinstance(mark, pikepdf.Dictionary) else mark
                if page is not None and number is not None:
                    marked.add((page.objgen, int(number)))
            if name in GROUPS:
                found = {kind(kid, roles) for kid in elements}
                assert found <= GROUPS[name], (path, name, found)
            if name in ("TH", "TD"):
                assert above[-1] == "TR", (path, name, above)
            if name == "TH":
                assert str(attribute(element, "/Scope")) in ("/Column", "/Row", "/Both"), (path, "a heading of a table without a scope")
            if name == "TR":
                assert elements, (path, "a row without cells")
            if name == "Table":
                check_table(path, element, roles)
            if name == "Figure":
                assert str(element.get("/Alt", "")), (path, "a picture without words")
            if name in {"H1", "H2", "H3", "H4", "H5", "H6"}:
                deeper = int(name[1])
                assert deeper <= level + 1, (path, f"a heading H{deeper} after H{level}")
                level = deeper
    assert kinds.get("H1") == 1, (path, "a document has one title", kinds)
    return marked, kinds


def check_table(path, table, roles):
    rows = [element for element, _ in walk(table, roles) if kind(element, roles) == "TR"]
    assert any(kind(element, roles) == "TH" for element, _ in walk(table, roles)), (path, "a table without headings")
    held, widths = {}, []
    for at, row in enumerate(rows):
        cells = kids(row)[0]
        width = held.pop(at, 0)
        for cell in cells:
            across = int(attribute(cell, "/ColSpan") or 1)
            width += across
            for below in range(1, int(attribute(cell, "/RowSpan") or 1)):
                held[at + below] = held.get(at + below, 0) + across
        widths.append(width)
    assert len(set(widths)) == 1, (path, "rows of a table have different numbers of cells", widths)


def check_page(path, pdf, page, marked):
    """Everything that is painted is decoration, or is in the tree of structure."""
    assert page.obj.get("/Tabs") == "/S" or "/Annots" not in page.obj, (path, "the order of annotations is not that of the structure")
    assert "/StructParents" in page.obj, path
    nest = []
    for operands, operator in pikepdf.parse_content_stream(page):
        operator = str(operator)
        if operator in ("BDC", "BMC"):
            tag, more = str(operands[0]), operands[1] if len(operands) > 1 else None
            number = more.get("/MCID") if isinstance(more, pikepdf.Dictionary) else None
            if tag != "/Artifact" and number is not None:
                assert (page.obj.objgen, int(number)) in marked, (path, "marked content that no structure has", tag, number)
            assert not (tag == "/Artifact" and any(nest)), (path, "decoration within content")
            nest.append(tag == "/Artifact" or number is not None)
        elif operator == "EMC":
            nest.pop()
        elif operator in PAINTS:
            assert any(nest), (path, "painted, and neither content nor decoration", operator)
    for name, font in page.resources.get("/Font", {}).items():
        assert "/ToUnicode" in font, (path, name, "a font whose letters cannot be read")
        descendant = font.DescendantFonts[0] if "/DescendantFonts" in font else font
        descriptor = descendant.get("/FontDescriptor")
        if str(descendant.Subtype) != "/Type3":
            assert descriptor is not None and any(f"/FontFile{kind}" in descriptor for kind in ("", "2", "3")), (path, name)
    for annotation in page.obj.get("/Annots", []):
        assert int(annotation.get("/F", 0)) & 4 and "/Contents" in annotation, (path, "a link without words, or not printed")


def check(path):
    """What the tree of structure has of each kind."""
    with pikepdf.open(path) as pdf:
        root = pdf.Root
        assert not pdf.is_encrypted and "/AA" not in root and "/OpenAction" not in root and "/JavaScript" not in root.get("/Names", {}), path
        assert bool(root.MarkInfo.Marked) and not bool(root.MarkInfo.get("/Suspects", False)), path
        assert str(root.Lang).startswith("en"), path
        assert bool(root.ViewerPreferences.DisplayDocTitle), (path, "readers show the file's name")
        with pdf.open_metadata() as metadata:
            for name, value in CLAIMS.items():
                assert metadata.get(name) == value, (path, name, metadata.get(name))
            assert metadata.get("dc:title"), (path, "no title")
            assert "usagebook" not in str(metadata).lower(), path
            dates = {metadata.get("xmp:CreateDate"), metadata.get("xmp:ModifyDate")}
            assert len(dates) == 1 and None not in dates, (path, dates)
        [intent] = [intent for intent in root.OutputIntents if str(intent.S) == "/GTS_PDFA1"]
        assert intent.DestOutputProfile.read_bytes()[36:40] == b"acsp", (path, "no profile of colours")
        attached = {file.objgen for file in root.get("/AF", [])}
        for name in pdf.attachments:
            file = pdf.attachments[name].obj
            assert file.objgen in attached and str(file.AFRelationship) in RELATIONS, (path, name)
            assert str(file.get("/Desc", "")) and str(file.UF) == name, (path, name)
            stream = file.EF.F
            assert str(stream.Subtype) and "/ModDate" in stream.Params, (path, name)
        marked, kinds = check_structure(path, root)
        for page in pdf.pages:
            check_page(path, pdf, page, marked)
        return kinds


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print(path, check(path))
