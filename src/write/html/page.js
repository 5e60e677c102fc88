// Sorts, filters and pages the tables. Without it the page shows the first rows of each.
"use strict";
(() => {
  const PAGE = 50;
  const PRINTED = 1000;
  const THIN = "\u202f";
  const MINUS = "\u2212";
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, THIN);

  // A whole number of hundredths with so many decimals, halves away from zero.
  const decimal = (hundredths, decimals) => {
    const step = 10n ** BigInt(2 - decimals);
    const magnitude = ((hundredths < 0n ? -hundredths : hundredths) + step / 2n) / step;
    const digits = magnitude.toString().padStart(decimals + 1, "0");
    const whole = grouped(digits.slice(0, digits.length - decimals));
    const text = decimals ? whole + "." + digits.slice(-decimals) : whole;
    return hundredths < 0n && magnitude ? MINUS + text : text;
  };

  const shown = (kind, raw, decimals) => {
    const plus = raw > 0n ? "+" : "";
    switch (kind) {
      case "count": return grouped(raw.toString());
      case "share": return decimal(raw, 2) + THIN + "%";
      case "percent": return plus + decimal(raw, 2) + THIN + "%";
      case "change": return plus + decimal(raw, decimals);
      default: return decimal(raw, decimals);
    }
  };

  // An amount, "-1234.50", as a whole number of thousandths, and as people read it.
  const thousandths = (amount) => {
    const [whole, decimals = ""] = amount.split(".");
    return BigInt(whole + decimals.padEnd(3, "0"));
  };
  const spelled = (amount) => {
    const [whole, decimals] = amount.replace("-", "").split(".");
    return (amount.startsWith("-") ? MINUS : "") + grouped(whole) + (decimals ? "." + decimals : "");
  };

  // What a cell is sorted by: text, a whole number, or null for nothing.
  const keyOf = (cell, kind) => {
    if (kind === "text") return cell.textContent;
    const text = cell.dataset.v ?? cell.textContent.replace(MINUS, "-").replace(/[^\d-]/g, "");
    return text === "" ? null : BigInt(text);
  };

  const compare = (a, b) => {
    if (typeof a === "string") return collator.compare(a, b);
    return a < b ? -1 : a > b ? 1 : 0;
  };

  class Table {
    constructor(box) {
      this.box = box;
      this.decimals = Number(box.dataset.decimals);
      this.body = box.querySelector("tbody");
      this.heads = [...box.querySelectorAll("thead th")];
      this.kinds = this.heads.map((head) => head.dataset.k);
      this.rows = [...this.body.rows].map((row) => ({
        element: row,
        isSubtotal: row.classList.contains("sub"),
        keys: [...row.cells].map((cell, at) => keyOf(cell, this.kinds[at])),
      }));
      const data = box.querySelector("template");
      if (data) this.add(JSON.parse(data.content.textContent));
      box.querySelectorAll(".rest").forEach((rest) => rest.remove());
      this.count = this.rows.filter((row) => !row.isSubtotal).length;
      this.sorted = { at: -1, isDescending: false };
      this.page = 0;
      this.addSorting();
      if (this.rows.length > 10) this.addTools();
      this.arrange();
    }

    add({ rows, texts }) {
      for (const [isSubtotal, ...values] of rows) {
        const key = (value, at) => {
          if (value === null) return null;
          switch (this.kinds[at]) {
            case "text": return texts[value];
            case "amount":
            case "amountchange": return thousandths(value);
            default: return BigInt(value);
          }
        };
        this.rows.push({ element: null, isSubtotal: isSubtotal === 1, keys: values.map(key), values });
      }
    }

    // A row that came as data is drawn when it is first seen.
    draw(row) {
      if (row.element) return row.element;
      row.element = element("tr", { className: row.isSubtotal ? "sub" : "" });
      row.keys.forEach((key, at) => {
        const kind = this.kinds[at];
        const isFigure = kind !== "text";
        const cell = element(at === 0 ? "th" : "td", { className: isFigure ? "n" : "" });
        if (at === 0) cell.scope = "row";
        if (kind === "amount" && key !== null) cell.textContent = spelled(row.values[at]);
        else if (kind === "amountchange" && key !== null) {
          cell.textContent = (key > 0n ? "+" : "") + spelled(row.values[at]);
        }
        else if (key !== null) cell.textContent = isFigure ? shown(kind, key, this.decimals) : key;
        if (key !== null && this.decimals < 2 && (kind === "usage" || kind === "change")) {
          cell.title = decimal(key, 2);
        }
        row.element.append(cell);
      });
      return row.element;
    }

    addSorting() {
      this.heads.forEach((head, at) => {
        const button = element("button", { type: "button", textContent: head.textContent });
        button.addEventListener("click", () => this.sort(at));
        head.replaceChildren(button);
      });
    }

    // Figures: the largest first, then the smallest, then as they were; text the other way round.
    sort(at) {
      const first = this.kinds[at] !== "text";
      if (this.sorted.at !== at) this.sorted = { at, isDescending: first };
      else if (this.sorted.isDescending === first) this.sorted.isDescending = !first;
      else this.sorted = { at: -1, isDescending: false };
      this.heads.forEach((head, place) => {
        if (place !== this.sorted.at) head.removeAttribute("aria-sort");
        else head.setAttribute("aria-sort", this.sorted.isDescending ? "descending" : "ascending");
      });
      this.page = 0;
      this.arrange();
    }

    addTools() {
      this.search = element("input", { type: "search", autocomplete: "off" });
      this.search.addEventListener("input", () => this.narrow());
      this.unit = element("select", {}, element("option", { value: "", textContent: "all units" }));
      const unit = this.heads.findIndex((head) => head.textContent === "Unit");
      const units = new Set(this.rows.map((row) => row.keys[unit]).filter((key) => key));
      [...units].sort(collator.compare).forEach((name) => this.unit.append(element("option", { textContent: name })));
      this.unit.addEventListener("change", () => this.narrow());
      this.unitAt = unit;
      this.back = element("button", { type: "button", textContent: "Previous" });
      this.on = element("button", { type: "button", textContent: "Next" });
      this.back.addEventListener("click", () => this.turn(-1));
      this.on.addEventListener("click", () => this.turn(1));
      this.status = element("p", { role: "status" });
      const name = this.box.querySelector("caption").textContent;
      this.tools = element("div", { className: "tools", role: "group", ariaLabel: "Rows of: " + name });
      this.tools.append(element("label", {}, "Rows that contain", this.search));
      if (units.size > 1) this.tools.append(element("label", {}, "Unit", this.unit));
      this.tools.append(this.back, this.on, this.status);
      this.box.prepend(this.tools);
    }

    narrow() {
      this.page = 0;
      this.arrange();
    }

    turn(by) {
      this.page += by;
      this.show();
    }

    // Which rows there are, in which order.
    arrange() {
      const words = (this.search?.value ?? "").toLowerCase().split(/\s+/).filter((word) => word);
      const unit = this.unit?.value ?? "";
      this.isNarrow = words.length > 0 || unit !== "";
      const isIn = (row) => {
        const text = row.keys.filter((key) => typeof key === "string").join("\n").toLowerCase();
        return words.every((word) => text.includes(word)) && (unit === "" || row.keys[this.unitAt] === unit);
      };
      const { at, isDescending } = this.sorted;
      // Subtotals belong to rows that stand together.
      const hasSubtotals = at < 0 && words.length === 0;
      this.visible = this.rows.filter((row) => (hasSubtotals || !row.isSubtotal) && (!this.isNarrow || isIn(row)));
      if (at >= 0) this.order(at, isDescending);
      this.show();
    }

    order(at, isDescending) {
      const isEmpty = (row) => row.keys[at] === null || row.keys[at] === "";
      const full = this.visible.filter((row) => !isEmpty(row));
      full.sort((a, b) => (isDescending ? -1 : 1) * compare(a.keys[at], b.keys[at]));
      this.visible = [...full, ...this.visible.filter(isEmpty)];
    }

    show() {
      const pages = Math.max(1, Math.ceil(this.visible.length / PAGE));
      this.page = Math.min(Math.max(this.page, 0), pages - 1);
      const start = this.page * PAGE;
      this.put(this.visible.slice(start, start + PAGE));
      if (!this.status) return;
      const rows = this.visible.filter((row) => !row.isSubtotal).length;
      const of = this.isNarrow ? `${grouped(String(rows))} of ${grouped(String(this.count))} rows` : `${grouped(String(rows))} rows`;
      const paged = pages > 1 ? `, page ${this.page + 1} of ${pages}` : "";
      const totals = this.isNarrow && this.box.querySelector("tfoot") ? "; totals are over all rows" : "";
      this.status.textContent = of + paged + totals;
      // A button that is disabled while it has the focus loses it.
      for (const [button, isEnd, other] of [[this.back, this.page === 0, this.on], [this.on, this.page === pages - 1, this.back]]) {
        if (isEnd && document.activeElement === button && pages > 1) { other.disabled = false; other.focus(); }
        button.disabled = isEnd;
        button.hidden = pages === 1;
      }
    }

    put(rows) {
      this.body.replaceChildren(...rows.map((row) => this.draw(row)));
    }
  }

  const tables = [...document.querySelectorAll(".table")].map((box) => new Table(box));
  // Paper has no pages to turn to within a table.
  addEventListener("beforeprint", () => tables.forEach((table) => table.put(table.visible.slice(0, PRINTED))));
  addEventListener("afterprint", () => tables.forEach((table) => table.show()));
})();
