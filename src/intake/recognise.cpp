#include "intake/recognise.h"

#include "intake/golden.h"
#include "intake/lackey.h"
#include "intake/module_capture.h"
#include "intake/page_trace.h"
#include "procfs/scan.h"

namespace mmscope {
namespace {

using std::size_t;

// The kind of each line depends on the lines before it: the rows of pagetypeinfo's lower table look like
// buddyinfo's with fewer columns, and a counter's line belongs to the zone above it.
class Sorter {
public:
    PieceKind kind_of(const LineScanner& scanner);

private:
    PieceKind in_script(const LineScanner& scanner);
    PieceKind of_heading(const std::vector<Word>& words, u32 used);

    PieceKind current_ = PieceKind::unknown;
    u32 block_types_ = 0;           // columns of pagetypeinfo's lower table, once its header was seen
    std::string_view heredoc_end_;  // inside a script's heredoc: the word that ends it
};

bool begins_pagetypeinfo(std::string_view text) {
    for (const std::string_view title : {"Page block order:", "Pages per block:", "Free pages count per migrate type",
                                         "Number of blocks type", "Number of mixed blocks"}) {
        if (text.find(title) != std::string_view::npos) return true;
    }
    return false;
}

bool begins_slabinfo(std::string_view text) {
    for (const std::string_view part : {"slabinfo - version:", "<active_objs> <num_objs>", " : tunables "})
        if (text.find(part) != std::string_view::npos) return true;
    return false;
}

// A row of another version, or one that was cut off.
bool is_cache_row(const std::vector<Word>& words) {
    return words.size() > 2 && is_number(words[1].text) && is_number(words[2].text);
}

bool is_zone_detail(const LineScanner& scanner) {
    const std::vector<Word>& words = scanner.words();
    for (const std::string_view start : {"per-node", "pages", "pagesets", "protection:", "cpu:", "count:", "high:", "batch:", "vm"}) {
        if (words[0].text == start) return true;
    }
    return scanner.is_indented() || (words.size() == 2 && is_number(words[1].text));
}

PieceKind Sorter::of_heading(const std::vector<Word>& words, u32 used) {
    const size_t columns = words.size() - used;
    if (columns == 0) return PieceKind::zoneinfo;
    if (words[used].text == "type") return PieceKind::pagetypeinfo;
    return block_types_ != 0 && columns == block_types_ ? PieceKind::pagetypeinfo : PieceKind::buddyinfo;
}

PieceKind Sorter::in_script(const LineScanner& scanner) {
    const std::string_view text = scanner.text();
    if (!heredoc_end_.empty()) {
        if (text == heredoc_end_) heredoc_end_ = {};
    } else if (const size_t at = text.rfind("<<"); at != std::string_view::npos && scanner.words()[0].text == "machine") {
        heredoc_end_ = text.substr(at + 2);
        while (!heredoc_end_.empty() && heredoc_end_.back() == ' ') heredoc_end_.remove_suffix(1);
    }
    return PieceKind::script;
}

PieceKind Sorter::kind_of(const LineScanner& scanner) {
    const std::vector<Word>& words = scanner.words();
    if (!heredoc_end_.empty()) return in_script(scanner);
    PieceKind kind = PieceKind::unknown;
    if (begins_pagetypeinfo(scanner.text())) {
        kind = PieceKind::pagetypeinfo;
        const bool is_header = scanner.text().find("Number of blocks type") != std::string_view::npos;
        if (is_header) block_types_ = static_cast<u32>(words.size()) - 4;
    } else if (const auto heading = zone_heading(words)) {
        kind = of_heading(words, heading->words);
    } else if (begins_slabinfo(scanner.text()) || (current_ == PieceKind::slabinfo && is_cache_row(words))) {
        kind = PieceKind::slabinfo;
    } else if (words[0].text.starts_with("#!mm") || current_ == PieceKind::script ||
               (words[0].text == "machine" && words.size() > 1)) {
        kind = in_script(scanner);
    } else if (current_ == PieceKind::zoneinfo && is_zone_detail(scanner)) {
        kind = PieceKind::zoneinfo;
    }
    if (kind != PieceKind::unknown) current_ = kind;
    if (kind != PieceKind::pagetypeinfo && kind != PieceKind::unknown) block_types_ = 0;
    return kind;
}

// The text of lines first .. first + lines - 1, found in one walk because pieces come in order.
class LineCutter {
public:
    explicit LineCutter(std::string_view text) : text_(text) {}
    std::string_view cut(u32 first, u32 lines) {
        skip_to(first);
        const size_t start = at_;
        skip_to(first + lines);
        return text_.substr(start, at_ - start);
    }

private:
    void skip_to(u32 line) {
        for (; line_ < line && at_ < text_.size(); ++line_) {
            const size_t end = text_.find('\n', at_);
            at_ = end == std::string_view::npos ? text_.size() : end + 1;
        }
    }
    std::string_view text_;
    size_t at_ = 0;
    u32 line_ = 1;
};

}  // namespace

Result<std::vector<Piece>> recognise(std::string_view text) {
    if (text.size() > kMostPastedBytes) {
        return Diagnostic{0, 0, 0, Message("import.too_long").number("bytes", static_cast<i64>(text.size()))
                                       .number("most", kMostPastedBytes)};
    }
    std::vector<Piece> pieces;
    Sorter sorter;
    LineScanner scanner(text);
    while (scanner.next()) {
        const PieceKind kind = sorter.kind_of(scanner);
        const u32 line = scanner.line();
        if (pieces.empty() || pieces.back().kind != kind) pieces.push_back({kind, line, 0, {}});
        const size_t count = pieces.size();
        const bool resumes = count >= 3 && pieces[count - 2].kind == PieceKind::unknown && pieces[count - 3].kind == kind;
        if (resumes && kind != PieceKind::script) pieces.resize(count - 2);
        pieces.back().lines = line + 1 - pieces.back().first_line;
    }
    LineCutter cutter(text);
    for (Piece& piece : pieces) piece.text = cutter.cut(piece.first_line, piece.lines);
    return pieces;
}

CaptureKind capture_kind(std::string_view text) {
    if (is_module_capture(text)) return CaptureKind::module_capture;
    if (text.starts_with("FREELISTS")) return CaptureKind::kernel_dumps;
    if (is_page_trace(text)) return CaptureKind::page_trace;
    if (is_lackey(text)) return CaptureKind::lackey;
    return is_golden(text) ? CaptureKind::golden : CaptureKind::none;
}

}  // namespace mmscope
