#include "intake/golden.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "procfs/scan.h"

namespace mmscope {
namespace {

constexpr std::string_view kMark = "GOLD";
constexpr u32 kFrames = 0x1000;
constexpr u32 kMigratetypeNumbers = 6;

// Reads one GOLD line. Every step says at which word it stumbled.
class LineReader {
public:
    explicit LineReader(const LineScanner& scanner, u32 at) : scanner_(scanner), at_(at) {}

    Result<GoldenEvent> event(std::string_view kind);
    std::optional<Word> word() {
        if (at_ >= scanner_.words().size()) return std::nullopt;
        return scanner_.words()[at_++];
    }

private:
    bool number(std::string_view text, int base, u32 below, u32* value) const;
    bool field(int base, u32 below, u32* value);
    bool state(GoldenState* state);
    bool list(std::string_view text, GoldenState* state) const;

    const LineScanner& scanner_;
    u32 at_;
};

bool LineReader::number(std::string_view text, int base, u32 below, u32* value) const {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), *value, base);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() && *value < below;
}

bool LineReader::field(int base, u32 below, u32* value) {
    const auto text = word();
    return text && number(text->text, base, below, value);
}

// "10/1:400" begins a list, "800" goes on with it: the scanner has cut the text at its commas.
bool LineReader::list(std::string_view text, GoldenState* state) const {
    const std::size_t slash = text.find('/');
    const std::size_t colon = text.find(':');
    u32 pfn = 0;
    if (slash == std::string_view::npos) {
        if (state->lists.empty() || !number(text, 16, kFrames, &pfn)) return false;
        state->lists.back().pfns.push_back(pfn);
        return true;
    }
    u32 order = 0;
    u32 type = 0;
    if (colon == std::string_view::npos || colon < slash || !number(text.substr(0, slash), 10, kNrPageOrders, &order)) return false;
    if (!number(text.substr(slash + 1, colon - slash - 1), 10, kMigratetypeNumbers, &type)) return false;
    if (!number(text.substr(colon + 1), 16, kFrames, &pfn)) return false;
    state->lists.push_back({static_cast<u8>(order), static_cast<u8>(type), {pfn}});
    return true;
}

bool LineReader::state(GoldenState* state) {
    auto free = word();
    if (!free || !free->text.starts_with("free=") || !number(free->text.substr(5), 10, kFrames, &state->free_pages)) return false;
    if (const auto lists = word(); !lists || lists->text != "L") return false;
    auto next = word();
    for (; next && next->text != "|mt"; next = word()) {
        if (!list(next->text, state)) return false;
    }
    if (!next) return false;
    for (next = word(); next; next = word()) {
        u32 type = 0;
        if (!number(next->text, 10, kMigratetypeNumbers, &type)) return false;
        state->block_types.push_back(static_cast<u8>(type));
    }
    return state->block_types.size() == 8;
}

Result<GoldenEvent> LineReader::event(std::string_view kind) {
    GoldenEvent event;
    event.line = scanner_.line();
    bool good = true;
    if (kind == "a" || kind == "f") {
        event.kind = kind == "a" ? GoldenEvent::Kind::alloc : GoldenEvent::Kind::free;
        u32 order = 0;
        u32 type = 0;
        good = field(10, kNrPageOrders, &order) && field(10, kMigratetypeNumbers, &type) && field(16, kFrames, &event.pfn);
        event.order = static_cast<u8>(order);
        event.type = static_cast<u8>(type);
    } else {
        good = kind == "init" || kind == "end";
    }
    if (good && state(&event.after)) return event;
    const std::vector<Word>& words = scanner_.words();
    const Word& wrong = words[std::min<std::size_t>(std::max(at_, 1U), words.size()) - 1];
    return scanner_.error(wrong, Message("conform.golden_line").text("found", wrong.text.substr(0, 40)));
}

}  // namespace

bool is_golden(std::string_view text) { return text.find("GOLD init") != std::string_view::npos; }

Result<std::vector<GoldenEvent>> parse_golden(std::string_view text) {
    std::vector<GoldenEvent> events;
    LineScanner scanner(text);
    while (scanner.next()) {
        const std::vector<Word>& words = scanner.words();
        u32 at = 0;
        while (at < words.size() && words[at].text != kMark) ++at;
        if (at == words.size()) continue;
        LineReader reader(scanner, at + 1);
        const auto kind = reader.word();
        Result<GoldenEvent> event = reader.event(kind ? kind->text : std::string_view());
        if (!event) return event.error();
        if (kind->text == "end") continue;
        if (events.empty() && event->kind != GoldenEvent::Kind::init) return scanner.error(Message("conform.golden_no_init"));
        events.push_back(*std::move(event));
    }
    if (events.empty()) return Diagnostic{0, 0, 0, Message("conform.unknown_format")};
    return events;
}

}  // namespace mmscope
