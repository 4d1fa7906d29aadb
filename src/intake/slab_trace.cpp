#include "intake/slab_trace.h"

#include <charconv>

namespace mmscope {
namespace {

using Kind = SlabTraceEvent::Kind;

struct KindName {
    std::string_view name;
    Kind kind;
};
constexpr KindName kKinds[] = {{"kmalloc", Kind::kmalloc},      {"kmem_cache_alloc", Kind::cache_alloc},
                               {"kfree", Kind::kfree},          {"kmem_cache_free", Kind::cache_free},
                               {"kmalloc_node", Kind::kmalloc}, {"kmem_cache_alloc_node", Kind::cache_alloc}};

const KindName* kind_of(std::string_view name) {
    for (const KindName& kind : kKinds)
        if (kind.name == name) return &kind;
    return nullptr;
}

bool read_number(LineCursor& cursor, std::string_view key, int base, u64* number) {
    std::string_view text;
    if (!cursor.value(key, &text)) return false;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), *number, base);
    return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

bool read_pointer(LineCursor& cursor, u64* pointer) {
    LineCursor shown = cursor;
    std::string_view text;
    if (!shown.value("ptr=", &text)) return false;
    if (text.starts_with("(")) return cursor = shown, true;  // "(____ptrval____)": too early to hash
    return read_number(cursor, "ptr=", 16, pointer);
}

bool read_allocation(LineCursor& cursor, SlabTraceEvent* event) {
    if (!read_number(cursor, "bytes_req=", 10, &event->bytes_req)) return false;
    if (!read_number(cursor, "bytes_alloc=", 10, &event->bytes_alloc)) return false;
    if (!cursor.value("gfp_flags=", &event->gfp)) return false;
    for (std::string_view word = cursor.word(); !word.empty(); word = cursor.word())
        if (word == "accounted=true") event->is_accounted = true;
    return true;
}

bool read_fields(LineCursor& cursor, SlabTraceEvent* event) {
    if (!cursor.text("call_site=", " ptr=", &event->call_site)) return false;
    if (!read_pointer(cursor, &event->pointer)) return false;
    if (event->kind == Kind::kmalloc || event->kind == Kind::cache_alloc) return read_allocation(cursor, event);
    if (event->kind == Kind::kfree || cursor.rest().empty()) return true;
    return cursor.text("name=", "", &event->name);
}

}  // namespace

std::optional<SlabTraceEvent> SlabTraceReader::next() {
    for (TraceLine line; lines_.next(&line);) {
        const KindName* const kind = kind_of(line.name);
        if (kind == nullptr) {
            ++others_;
            continue;
        }
        SlabTraceEvent event;
        event.kind = kind->kind;
        event.line = line.line;
        if (read_fields(line.fields, &event)) return event;
        lines_.note_torn();
    }
    return std::nullopt;
}

TraceSubjects trace_subjects(std::string_view text) {
    TraceSubjects subjects;
    TraceLineReader lines(text);
    for (TraceLine line; !(subjects.has_pages && subjects.has_slabs) && lines.next(&line);) {
        subjects.has_pages |= line.name == "mm_page_alloc" || line.name == "mm_page_free";
        subjects.has_slabs |= kind_of(line.name) != nullptr;
    }
    return subjects;
}

}  // namespace mmscope
