#include "procfs/slabinfo.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "procfs/columns.h"
#include "procfs/scan.h"

namespace mmscope {
namespace {

constexpr std::string_view kVersion = "2.1";
constexpr u64 kMostObjects = 32767;  // of a slab
constexpr u64 kMostArray = u64{1} << 20;  // more than any kernel chooses
constexpr u64 kMostSharedFactor = 1024;
// As the heading names them, where it does; what is no name stands in every row.
constexpr std::string_view kColumns[] = {
    "<name>", "<active_objs>", "<num_objs>",   "<objsize>",     "<objperslab>", "<pagesperslab>", ":",          "tunables",
    "<limit>", "<batchcount>", "<sharedfactor>", ":", "slabdata", "<active_slabs>", "<num_slabs>", "<sharedavail>"};
constexpr u32 kWords = static_cast<u32>(std::size(kColumns));

// Names may hold what the scanner cuts at, as "size-128(DMA)": here only blanks part words.
std::vector<Word> blank_words(const LineScanner& scanner) {
    const std::string_view line = scanner.text();
    const Word& first = scanner.words().front();
    std::vector<Word> words;
    for (std::size_t at = line.find_first_not_of(" \t"); at < line.size();) {
        const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
        const auto distance = line.data() + at - first.text.data();
        words.push_back({line.substr(at, end - at), static_cast<u32>(first.column + distance)});
        at = std::min(line.find_first_not_of(" \t", end), line.size());
    }
    return words;
}

// Objects and slabs. The classic SLAB, which has arrays, counts no slab as active in which nothing is used.
bool counts_fit(const SlabInfo::Row& row) {
    const u64 least_slabs = row.num_objs / row.objperslab + (row.num_objs % row.objperslab != 0 ? 1 : 0);
    if (row.active_objs > row.num_objs || least_slabs > row.num_slabs || row.active_slabs > row.num_slabs) return false;
    if (row.limit == 0) return true;
    const u64 least_active = row.active_objs / row.objperslab + (row.active_objs % row.objperslab != 0 ? 1 : 0);
    return row.active_slabs >= least_active && row.active_slabs <= row.active_objs;
}

// As slabinfo_write() takes them.
bool can_be_arrays(const SlabInfo::Row& row) {
    return row.limit <= kMostArray && row.batchcount != 0 && row.batchcount <= row.limit &&
           row.sharedfactor <= kMostSharedFactor;
}

// What no cache can be: a slab is a block of a power of two of pages and holds its objects.
std::optional<Message> contradiction(const SlabInfo::Row& row) {
    constexpr u64 kMostPages = u64{1} << kMaxPageOrder;
    const auto number = [](u64 value) { return static_cast<i64>(value); };
    const bool is_block = std::has_single_bit(row.pagesperslab) && row.pagesperslab <= kMostPages;
    const bool is_full = is_block && row.objsize != 0 && row.objperslab <= row.pagesperslab * kPageSize / row.objsize;
    if (!is_full || row.objperslab == 0 || row.objperslab > kMostObjects)
        return Message("proc.slab_layout")
            .text("cache", row.name)
            .number("objects", number(row.objperslab))
            .number("size", number(row.objsize))
            .number("pages", number(row.pagesperslab));
    if (row.limit != 0 && !can_be_arrays(row))
        return Message("proc.slab_tunables")
            .text("cache", row.name)
            .number("limit", number(row.limit))
            .number("batch", number(row.batchcount))
            .number("shared", number(row.sharedfactor));
    if (counts_fit(row)) return std::nullopt;
    return Message("proc.slab_counts")
        .text("cache", row.name)
        .number("active", number(row.active_objs))
        .number("objects", number(row.num_objs))
        .number("active_slabs", number(row.active_slabs))
        .number("slabs", number(row.num_slabs))
        .number("each", number(row.objperslab));
}

bool is_mark(std::string_view word) { return word == ":" || word == "tunables" || word == "slabdata"; }

// Where a row is first unlike kColumns.
std::optional<Diagnostic> column_fault(const LineScanner& scanner, const std::vector<Word>& words) {
    const std::string_view cache = words[0].text;
    for (u32 at = 1; at < kWords; ++at) {
        const std::string_view expected = kColumns[at];
        if (at == words.size()) {
            const Word& last = words.back();
            const Word end{{}, last.column + static_cast<u32>(last.text.size())};
            return scanner.error(end, Message("proc.slabinfo_cut").text("cache", cache).text("expected", expected));
        }
        const std::string_view found = words[at].text;
        if (is_mark(expected) ? found == expected : !is_mark(found)) continue;
        return scanner.error(words[at], Message("proc.slabinfo_column")
                                            .text("cache", cache)
                                            .text("expected", expected)
                                            .text("found", found));
    }
    if (words.size() == kWords) return std::nullopt;
    return scanner.error(words[kWords],
                         Message("proc.slabinfo_more").text("cache", cache).text("found", words[kWords].text));
}

// Columns are others in older versions, and more with statistics.
std::optional<Diagnostic> version_fault(const LineScanner& scanner, const std::vector<Word>& words) {
    const bool names_version = words.size() > 3 && words[0].text == "slabinfo" && words[2].text == "version:";
    if (!names_version) return std::nullopt;
    if (words[3].text != kVersion)
        return scanner.error(words[3], Message("proc.slabinfo_version").text("version", words[3].text));
    if (words.size() == 4) return std::nullopt;
    return scanner.error(words[4], Message("proc.slabinfo_statistics").text("found", words[4].text));
}

Result<SlabInfo::Row> parse_row(const LineScanner& scanner, const std::vector<Word>& words) {
    if (auto fault = column_fault(scanner, words)) return *std::move(fault);
    SlabInfo::Row row;
    row.name = words[0].text;
    const std::pair<u32, u64*> numbers[] = {{1, &row.active_objs}, {2, &row.num_objs},      {3, &row.objsize},
                                            {4, &row.objperslab},  {5, &row.pagesperslab},  {8, &row.limit},
                                            {9, &row.batchcount},  {10, &row.sharedfactor}, {13, &row.active_slabs},
                                            {14, &row.num_slabs},  {15, &row.sharedavail}};
    for (const auto& [word, field] : numbers) {
        const Result<u64> number = number_of(scanner, words[word]);
        if (!number) return number.error();
        *field = *number;
    }
    if (auto fault = contradiction(row)) return scanner.error(*std::move(fault));
    return row;
}

bool is_heading(const std::vector<Word>& words) { return words[0].text == "#" || words[0].text == "slabinfo"; }

}  // namespace

Result<SlabInfo> parse_slabinfo(std::string_view text, u32 first_line, std::vector<u32>* skipped) {
    if (auto binary = binary_byte(text, first_line)) return *std::move(binary);
    SlabInfo info;
    LineScanner scanner(text, first_line);
    while (scanner.next()) {
        const std::vector<Word> words = blank_words(scanner);
        if (auto fault = version_fault(scanner, words)) return *std::move(fault);
        if (is_heading(words)) continue;
        if (words.size() < 2 || !is_number(words[1].text)) {
            if (skipped != nullptr) skipped->push_back(scanner.line());
            continue;
        }
        Result<SlabInfo::Row> row = parse_row(scanner, words);
        if (!row) return row.error();
        info.rows.push_back(*std::move(row));
    }
    if (info.rows.empty()) return Diagnostic{first_line, 1, 0, Message("proc.no_cache")};
    return info;
}

std::string print_slabinfo(const SlabInfo& info) {
    std::string out =
        "slabinfo - version: 2.1\n"
        "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> "
        "<batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n";
    for (const SlabInfo::Row& row : info.rows) {
        append_left(&out, row.name, 17);
        const std::pair<u64, u32> counts[] = {
            {row.active_objs, 6}, {row.num_objs, 6}, {row.objsize, 6}, {row.objperslab, 4}, {row.pagesperslab, 4}};
        for (const auto& [count, width] : counts) append_number(&(out += ' '), count, width);
        out += " : tunables";
        for (const u64 tunable : {row.limit, row.batchcount, row.sharedfactor})
            append_number(&(out += ' '), tunable, 4);
        out += " : slabdata";
        for (const u64 count : {row.active_slabs, row.num_slabs, row.sharedavail})
            append_number(&(out += ' '), count, 6);
        out += '\n';
    }
    return out;
}

}  // namespace mmscope
