#include "procfs/buddyinfo.h"

#include "procfs/columns.h"
#include "procfs/scan.h"

namespace mmscope {
namespace {

Result<BuddyInfo::Row> parse_row(const LineScanner& scanner, const ZoneHeading& heading) {
    const std::vector<Word>& words = scanner.words();
    const u64 columns = words.size() - heading.words;
    if (columns != kNrPageOrders) {
        return scanner.error(Message("proc.columns").text("file", "buddyinfo").number("found", static_cast<i64>(columns))
                                 .number("expected", kNrPageOrders));
    }
    BuddyInfo::Row row{heading.node, std::string(heading.zone), {}};
    for (u32 order = 0; order < kNrPageOrders; ++order) {
        const Result<u64> count = number_of(scanner, words[heading.words + order]);
        if (!count) return count.error();
        row.count[order] = *count;
    }
    return row;
}

}  // namespace

u64 BuddyInfo::Row::free_pages() const {
    u64 pages = 0;
    for (u32 order = 0; order < kNrPageOrders; ++order) pages += count[order] << order;
    return pages;
}

Result<BuddyInfo> parse_buddyinfo(std::string_view text, u32 first_line, std::vector<u32>* skipped) {
    if (auto binary = binary_byte(text, first_line)) return *std::move(binary);
    BuddyInfo info;
    LineScanner scanner(text, first_line);
    while (scanner.next()) {
        const auto heading = zone_heading(scanner.words());
        if (!heading) {
            if (skipped != nullptr) skipped->push_back(scanner.line());
            continue;
        }
        Result<BuddyInfo::Row> row = parse_row(scanner, *heading);
        if (!row) return row.error();
        for (const BuddyInfo::Row& other : info.rows) {
            if (other.node != row->node || other.zone != row->zone) continue;
            return scanner.error(
                Message("proc.zone_twice").text("file", "buddyinfo").number("node", row->node).text("zone", row->zone));
        }
        info.rows.push_back(*std::move(row));
    }
    if (info.rows.empty()) return Diagnostic{first_line, 1, 0, Message("proc.no_zone").text("file", "buddyinfo")};
    return info;
}

std::string print_buddyinfo(const BuddyInfo& info) {
    std::string out;
    for (const BuddyInfo::Row& row : info.rows) {
        out += "Node ";
        append_number(&out, row.node);
        out += ", zone ";
        append_right(&out, row.zone, 8);
        out += ' ';
        for (const u64 count : row.count) {
            append_number(&out, count, 6);
            out += ' ';
        }
        out += '\n';
    }
    return out;
}

}  // namespace mmscope
