#include "intake/page_trace.h"

#include <charconv>
#include <cstddef>

namespace mmscope {
namespace {

using std::size_t;

// A line's text from its left end on; each step takes what it read or says no.
class LineCursor {
public:
    explicit LineCursor(std::string_view text) : rest_(text) {}

    std::string_view rest() const { return rest_; }
    void skip_blanks() {
        size_t at = 0;
        while (at < rest_.size() && rest_[at] == ' ') ++at;
        rest_.remove_prefix(at);
    }
    std::string_view word() {
        skip_blanks();
        size_t end = 0;
        while (end < rest_.size() && rest_[end] != ' ') ++end;
        const std::string_view word = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return word;
    }
    // The next word is `key` and then a value: "order=" "order=3".
    bool value(std::string_view key, std::string_view* value) {
        const std::string_view next = word();
        if (!next.starts_with(key)) return false;
        *value = next.substr(key.size());
        return !value->empty();
    }
    bool number(std::string_view key, u32 below, u32* number) {
        std::string_view text;
        if (!value(key, &text)) return false;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), *number);
        return read.ec == std::errc() && read.ptr == text.data() + text.size() && *number < below;
    }
    bool order(std::string_view key, Order* order) {
        u32 number_read = 0;
        const bool good = number(key, kNrPageOrders, &number_read);
        order->value = static_cast<u8>(number_read);
        return good;
    }
    bool type(std::string_view key, u8* type) {
        constexpr u32 kMigratetypeNumbers = 6;
        u32 number_read = 0;
        const bool good = number(key, kMigratetypeNumbers, &number_read);
        *type = static_cast<u8>(number_read);
        return good;
    }
    bool flag(std::string_view key, bool* flag) {
        u32 number_read = 0;
        const bool good = number(key, 2, &number_read);
        *flag = number_read != 0;
        return good;
    }
    // "page=000000006c4e4fee pfn=0x1ff20"; before 5.16 the frame is decimal. Frame 0 is never given out: it says that
    // there is no page.
    bool page(Pfn* pfn) {
        std::string_view text;
        if (!value("page=", &text) || !value("pfn=", &text)) return false;
        const bool is_hex = text.starts_with("0x");
        if (is_hex) text.remove_prefix(2);
        u32 number_read = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number_read, is_hex ? 16 : 10);
        *pfn = number_read == 0 ? kNoPfn : Pfn{number_read};
        return read.ec == std::errc() && read.ptr == text.data() + text.size() && number_read != kNoPfn.value;
    }

private:
    std::string_view rest_;
};

struct KindName {
    std::string_view name;
    PageTraceEvent::Kind kind;
};
using Kind = PageTraceEvent::Kind;
constexpr KindName kKinds[] = {{"mm_page_free", Kind::free}, {"mm_page_alloc", Kind::alloc}, {"mm_page_free_batched", Kind::free_batched},
                               {"mm_page_alloc_zone_locked", Kind::alloc_zone_locked}, {"mm_page_pcpu_drain", Kind::pcpu_drain},
                               {"mm_page_alloc_extfrag", Kind::alloc_extfrag}, {"tracing_mark_write", Kind::marker},
                               {"mm_compaction_isolate_freepages", Kind::isolated}, {"mm_compaction_fast_isolate_freepages", Kind::isolated},
                               {"mm_compaction_migratepages", Kind::migrated}};

bool read_zone_locked(LineCursor& cursor, PageTraceEvent* event) {
    if (!cursor.order("order=", &event->order) || !cursor.type("migratetype=", &event->type)) return false;
    return cursor.rest().empty() || cursor.flag("percpu_refill=", &event->percpu_refill);  // not printed before 5.12
}

bool read_extfrag(LineCursor& cursor, PageTraceEvent* event) {
    return cursor.order("alloc_order=", &event->order) && cursor.order("fallback_order=", &event->fallback_order) &&
           cursor.order("pageblock_order=", &event->pageblock_order) && cursor.type("alloc_migratetype=", &event->type) &&
           cursor.type("fallback_migratetype=", &event->fallback_type) && cursor.flag("fragmenting=", &event->fragmenting) &&
           cursor.flag("change_ownership=", &event->change_ownership);
}

// "range=(0x7e00 ~ 0x7f9c) nr_scanned=412 nr_taken=32"
bool read_isolated(LineCursor& cursor, PageTraceEvent* event) {
    std::string_view ignored;
    if (!cursor.value("range=(", &ignored) || cursor.word() != "~" || !cursor.word().ends_with(')')) return false;
    return cursor.value("nr_scanned=", &ignored) && cursor.number("nr_taken=", kNoPfn.value, &event->frames);
}

bool read_fields(LineCursor& cursor, PageTraceEvent* event) {
    if (event->kind == Kind::marker) {
        cursor.skip_blanks();
        event->marker = cursor.rest();
        return true;
    }
    if (event->kind == Kind::isolated) return read_isolated(cursor, event);
    if (event->kind == Kind::migrated) return cursor.number("nr_migrated=", kNoPfn.value, &event->frames);
    if (!cursor.page(&event->pfn)) return false;
    if (event->pfn == kNoPfn && event->kind != Kind::alloc && event->kind != Kind::alloc_zone_locked) return false;
    switch (event->kind) {
        case Kind::alloc:
            return cursor.order("order=", &event->order) && cursor.type("migratetype=", &event->type) &&
                   cursor.value("gfp_flags=", &event->gfp);
        case Kind::alloc_zone_locked:
            return read_zone_locked(cursor, event);
        case Kind::pcpu_drain:
            return cursor.order("order=", &event->order) && cursor.type("migratetype=", &event->type);
        case Kind::alloc_extfrag:
            return read_extfrag(cursor, event);
        case Kind::free:
        case Kind::free_batched:
        case Kind::isolated:
        case Kind::migrated:
        case Kind::marker:
            break;
    }
    return cursor.order("order=", &event->order);
}

// "            init-1      "
bool read_name_and_pid(std::string_view task, PageTraceEvent* event) {
    while (task.ends_with(' ')) task.remove_suffix(1);
    while (task.starts_with(' ')) task.remove_prefix(1);
    const size_t dash = task.rfind('-');
    if (dash == std::string_view::npos) return false;
    event->task = task.substr(0, dash);
    const auto pid = std::from_chars(task.data() + dash + 1, task.data() + task.size(), event->pid);
    return pid.ec == std::errc() && pid.ptr == task.data() + task.size();
}

// "            init-1       [000] ": a task's name may have anything in it, brackets too. What follows goes to *rest.
bool read_task(std::string_view line, std::string_view* rest, PageTraceEvent* event) {
    for (size_t open = line.find(" ["); open != std::string_view::npos; open = line.find(" [", open + 1)) {
        const char* const digits = line.data() + open + 2;
        const auto read = std::from_chars(digits, line.data() + line.size(), event->cpu);
        if (read.ec != std::errc() || read.ptr - digits < 3) continue;
        *rest = line.substr(static_cast<size_t>(read.ptr - line.data()));
        if (!rest->starts_with("] ")) continue;
        rest->remove_prefix(2);
        if (read_name_and_pid(line.substr(0, open), event)) return true;
    }
    return false;
}

// "9.826315:"
bool read_timestamp(std::string_view word, PageTraceEvent* event) {
    if (!word.ends_with(':')) return false;
    word.remove_suffix(1);
    event->timestamp = word;
    const size_t dot = word.find('.');
    return dot != 0 && dot != std::string_view::npos && word.find_first_not_of("0123456789.") == std::string_view::npos;
}

// "CPU:0 [LOST 123 EVENTS]"
bool read_lost(std::string_view line, u32* lost) {
    constexpr std::string_view kLost = " [LOST ";
    const size_t at = line.starts_with("CPU:") ? line.find(kLost) : std::string_view::npos;
    if (at == std::string_view::npos || !line.ends_with(" EVENTS]")) return false;
    u32 count = 0;
    if (std::from_chars(line.data() + at + kLost.size(), line.data() + line.size(), count).ec != std::errc()) count = 1;
    *lost += count;
    return true;
}

}  // namespace

PageTraceReader::Reading PageTraceReader::read(std::string_view line, PageTraceEvent* event) {
    if (line.empty() || line[0] == '#') return Reading::comment;
    if (line[0] == 'C' && read_lost(line, &lost_)) return Reading::comment;
    std::string_view rest;
    if (!read_task(line, &rest, event)) return Reading::torn;
    LineCursor cursor(rest);
    event->flags = cursor.word();
    if (!read_timestamp(cursor.word(), event)) return Reading::torn;
    std::string_view name = cursor.word();
    if (!name.ends_with(':')) return Reading::torn;
    name.remove_suffix(1);
    for (const KindName& kind : kKinds) {
        if (kind.name != name) continue;
        event->kind = kind.kind;
        return read_fields(cursor, event) ? Reading::event : Reading::torn;
    }
    return Reading::other;
}

std::optional<PageTraceEvent> PageTraceReader::next() {
    while (!rest_.empty()) {
        const size_t end = rest_.find('\n');
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        ++line_;
        PageTraceEvent event;
        event.line = line_;
        switch (read(line, &event)) {
            case Reading::event:
                return event;
            case Reading::other:
                ++others_;
                break;
            case Reading::torn:
                note_torn(line);
                break;
            case Reading::comment:
                break;
        }
    }
    return std::nullopt;
}

void PageTraceReader::note_torn(std::string_view line) {
    if (torn_++ != 0) return;
    first_torn_ = {line_, 1, static_cast<u32>(line.size()), Message("capture.torn").text("found", line.substr(0, 60))};
}

bool is_page_trace(std::string_view text) {
    if (text.starts_with("# tracer:")) return true;
    PageTraceReader reader(text.substr(0, 4096));
    return reader.next().has_value() || reader.others() != 0;
}

}  // namespace mmscope
