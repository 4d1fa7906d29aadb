#include "intake/page_trace.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace mmscope {
namespace {

bool read_order(LineCursor& cursor, std::string_view key, Order* order) {
    u32 number_read = 0;
    const bool good = cursor.number(key, kNrPageOrders, &number_read);
    order->value = static_cast<u8>(number_read);
    return good;
}

bool read_type(LineCursor& cursor, std::string_view key, u8* type) {
    constexpr u32 kMigratetypeNumbers = 6;
    u32 number_read = 0;
    const bool good = cursor.number(key, kMigratetypeNumbers, &number_read);
    *type = static_cast<u8>(number_read);
    return good;
}

bool read_flag(LineCursor& cursor, std::string_view key, bool* flag) {
    u32 number_read = 0;
    const bool good = cursor.number(key, 2, &number_read);
    *flag = number_read != 0;
    return good;
}

// "page=000000006c4e4fee pfn=0x1ff20"; before 5.16 the frame is decimal. Frame 0 is never given out: it says that
// there is no page.
bool read_page(LineCursor& cursor, Pfn* pfn) {
    std::string_view text;
    if (!cursor.value("page=", &text) || !cursor.value("pfn=", &text)) return false;
    const bool is_hex = text.starts_with("0x");
    if (is_hex) text.remove_prefix(2);
    u32 number_read = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number_read, is_hex ? 16 : 10);
    *pfn = number_read == 0 ? kNoPfn : Pfn{number_read};
    return read.ec == std::errc() && read.ptr == text.data() + text.size() && number_read != kNoPfn.value;
}

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
    if (!read_order(cursor, "order=", &event->order) || !read_type(cursor, "migratetype=", &event->type)) return false;
    return cursor.rest().empty() || read_flag(cursor, "percpu_refill=", &event->percpu_refill);  // not printed before 5.12
}

bool read_extfrag(LineCursor& cursor, PageTraceEvent* event) {
    return read_order(cursor, "alloc_order=", &event->order) && read_order(cursor, "fallback_order=", &event->fallback_order) &&
           read_order(cursor, "pageblock_order=", &event->pageblock_order) && read_type(cursor, "alloc_migratetype=", &event->type) &&
           read_type(cursor, "fallback_migratetype=", &event->fallback_type) && read_flag(cursor, "fragmenting=", &event->fragmenting) &&
           read_flag(cursor, "change_ownership=", &event->change_ownership);
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
    if (!read_page(cursor, &event->pfn)) return false;
    if (event->pfn == kNoPfn && event->kind != Kind::alloc && event->kind != Kind::alloc_zone_locked) return false;
    switch (event->kind) {
        case Kind::alloc:
            return read_order(cursor, "order=", &event->order) && read_type(cursor, "migratetype=", &event->type) &&
                   cursor.value("gfp_flags=", &event->gfp);
        case Kind::alloc_zone_locked:
            return read_zone_locked(cursor, event);
        case Kind::pcpu_drain:
            return read_order(cursor, "order=", &event->order) && read_type(cursor, "migratetype=", &event->type);
        case Kind::alloc_extfrag:
            return read_extfrag(cursor, event);
        case Kind::free:
        case Kind::free_batched:
        case Kind::isolated:
        case Kind::migrated:
        case Kind::marker:
            break;
    }
    return read_order(cursor, "order=", &event->order);
}

}  // namespace

std::optional<PageTraceEvent> PageTraceReader::next() {
    for (TraceLine line; lines_.next(&line);) {
        const auto is_its = [&](const KindName& kind) { return kind.name == line.name; };
        const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds), is_its);
        if (kind == std::end(kKinds)) {
            ++others_;
            continue;
        }
        PageTraceEvent event;
        event.kind = kind->kind;
        event.line = line.line;
        event.cpu = line.cpu;
        event.pid = line.pid;
        event.task = line.task;
        event.flags = line.flags;
        event.timestamp = line.timestamp;
        if (read_fields(line.fields, &event)) return event;
        lines_.note_torn();
    }
    return std::nullopt;
}

bool is_page_trace(std::string_view text) {
    if (text.starts_with("# tracer:")) return true;
    PageTraceReader reader(text.substr(0, 4096));
    return reader.next().has_value() || reader.others() != 0;
}

}  // namespace mmscope
