#include "intake/lackey.h"

#include <algorithm>
#include <array>

namespace mmscope {
namespace {

constexpr std::size_t kLongestKept = 256;  // of an unfinished line; a reference has 26 characters at most
constexpr std::size_t kShown = 60;
constexpr std::size_t kMostHexDigits = 16;
constexpr std::size_t kMostSizeDigits = 5;

// The value of each character as a hexadecimal digit; 16: it is none.
constexpr std::array<u8, 256> kHexDigits = [] {
    std::array<u8, 256> digits{};
    digits.fill(16);
    for (u8 digit = 0; digit < 10; ++digit) digits['0' + digit] = digit;
    for (u8 digit = 0; digit < 6; ++digit) digits['a' + digit] = digits['A' + digit] = static_cast<u8>(10 + digit);
    return digits;
}();

struct Mark {
    std::string_view begin;
    MemoryReference::Kind kind;
};
constexpr Mark kMarks[] = {{"I  ", MemoryReference::Kind::fetch},
                           {" L ", MemoryReference::Kind::load},
                           {" S ", MemoryReference::Kind::store},
                           {" M ", MemoryReference::Kind::modify}};

// "==13516== ", and "--13516-- " and "**13516** " of more talkative runs.
bool is_valgrinds_own(std::string_view line) {
    if (line.size() < 5 || line[0] != line[1] || (line[0] != '=' && line[0] != '-' && line[0] != '*')) return false;
    std::size_t at = 2;
    while (at < line.size() && line[at] >= '0' && line[at] <= '9') ++at;
    return at > 2 && at + 1 < line.size() && line[at] == line[0] && line[at + 1] == line[0];
}

// Reads ADDRESS,SIZE behind the mark. Where it stumbles, and then the reference has no size; a line that is cut off
// stumbles behind its last character.
std::size_t read_reference(std::string_view line, MemoryReference* reference) {
    std::size_t at = 3;
    u64 address = 0;
    for (; at < line.size() && kHexDigits[static_cast<u8>(line[at])] < 16; ++at)
        address = address << 4 | kHexDigits[static_cast<u8>(line[at])];
    const std::size_t digits = at - 3;
    if (digits > kMostHexDigits) return 3;
    if (digits == 0 || at == line.size() || line[at] != ',') return at;
    const std::size_t size_at = ++at;
    u32 size = 0;
    for (; at < line.size() && at - size_at < kMostSizeDigits && line[at] >= '0' && line[at] <= '9'; ++at)
        size = size * 10 + static_cast<u32>(line[at] - '0');
    if (at != line.size()) return at;
    if (size == 0 || size > 0xffff || address + (size - 1) < address) return size_at;
    reference->address = address;
    reference->size = static_cast<u16>(size);
    return at;
}

}  // namespace

bool is_lackey(std::string_view text) {
    constexpr std::size_t kLooked = 4096;
    std::vector<MemoryReference> references;
    LackeyReader reader;
    const std::string_view head = text.substr(0, kLooked);
    if (head.starts_with("==") && head.find("== Lackey") != std::string_view::npos) return true;
    reader.read(head, &references);
    if (text.size() <= kLooked) reader.finish(&references);
    return !references.empty() && references.size() >= reader.foreign().count;
}

void LackeyReader::note(Oddities* oddities, std::string_view key, std::string_view line, std::size_t at) {
    if (oddities->count++ != 0) return;
    oddities->first = {line_, static_cast<u32>(at) + 1, static_cast<u32>(line.size() - at),
                       Message(key).text("found", line.substr(0, kShown))};
}

void LackeyReader::read_line(std::string_view line, std::vector<MemoryReference>* references) {
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || is_valgrinds_own(line)) return;
    for (const Mark& mark : kMarks) {
        if (!line.starts_with(mark.begin)) continue;
        MemoryReference reference{0, 0, mark.kind};
        const std::size_t at = read_reference(line, &reference);
        if (reference.size == 0) return note(&torn_, "capture.torn", line, at);
        references->push_back(reference);
        ++counts_[static_cast<u32>(mark.kind)];
        return;
    }
    note(&foreign_, "capture.foreign", line, 0);
}

void LackeyReader::keep(std::string_view part) {
    unfinished_.append(part.substr(0, kLongestKept - std::min(kLongestKept, unfinished_.size())));
}

void LackeyReader::read(std::string_view piece, std::vector<MemoryReference>* references) {
    if (!unfinished_.empty()) {
        const std::size_t end = piece.find('\n');
        keep(piece.substr(0, end));
        if (end == std::string_view::npos) return;
        read_line(unfinished_, references);
        unfinished_.clear();
        piece.remove_prefix(end + 1);
    }
    for (std::size_t end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
        read_line(piece.substr(0, end), references);
        piece.remove_prefix(end + 1);
    }
    keep(piece);
}

void LackeyReader::finish(std::vector<MemoryReference>* references) {
    if (unfinished_.empty()) return;
    // The end of a file that is cut off within a mark is as torn as one cut off behind it.
    const bool is_in_mark = std::any_of(std::begin(kMarks), std::end(kMarks), [&](const Mark& mark) {
        return unfinished_.size() < mark.begin.size() && mark.begin.starts_with(unfinished_);
    });
    if (is_in_mark)
        ++line_, note(&torn_, "capture.torn", unfinished_, unfinished_.size());
    else
        read_line(unfinished_, references);
    unfinished_.clear();
}

}  // namespace mmscope
