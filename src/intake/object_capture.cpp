#include "intake/object_capture.h"

#include <set>

#include "intake/capture_lines.h"

namespace mmscope {

namespace {

constexpr u64 kMostObjects = 1U << 24;
constexpr u64 kMostFrames = 1U << 24;  // 64 GiB

bool read_cache(CaptureLines& lines, ObjectCapture* capture) {
    CaptureField fields[] = {{"size", &capture->size}, {"align", &capture->align}};
    return lines.fields(fields);
}

bool read_step(CaptureLines& lines, ObjectStep::Kind kind, ObjectStep* step) {
    step->kind = kind;
    step->line = lines.line();
    return lines.number(lines.word(), kMostObjects, &step->number) &&
           lines.prefixed(lines.word(), "pfn=", kMostFrames, &step->pfn.value) &&
           lines.prefixed(lines.word(), "off=", kPageSize, &step->offset);
}

// An allocation gives an object that nobody has, a free takes one that somebody has.
bool is_possible(const ObjectStep& step, std::set<u64>* held) {
    if (step.kind == ObjectStep::Kind::alloc) return held->insert(step.place()).second;
    return held->erase(step.place()) == 1;
}

// "[64 N0=64]" or "[32(1) C0=32(1)]": the number before the first blank, or the one in the brackets behind it.
bool read_counter(CaptureLines& lines, std::string_view text, u32* number) {
    std::size_t first = text.find('(');
    first = first == std::string_view::npos ? 0 : first + 1;
    std::size_t end = first;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    return lines.number(text.substr(first, end - first), kMostObjects, number);
}

struct Counter {
    std::string_view name;
    u32 ObjectState::*value;
};
constexpr Counter kCounters[] = {
    {"slabs=[", &ObjectState::slabs},
    {"objects=[", &ObjectState::objects},
    {"total_objects=[", &ObjectState::total_objects},
    {"partial=[", &ObjectState::partial},
    {"objects_partial=[", &ObjectState::objects_partial},
    {"cpu_slabs=[", &ObjectState::cpu_slabs},
    {"slabs_cpu_partial=[", &ObjectState::cpu_partial_slabs},
};

// "alloc+8", "free-lifo-16", "free-fifo-all", "shrink", "create".
bool read_since(CaptureLines& lines, std::string_view word, ObjectState* state) {
    using Since = ObjectState::Since;
    if (word == "create") return true;
    if (word == "shrink") return state->since = Since::shrink, true;
    const bool is_alloc = word.starts_with("alloc+");
    if (!is_alloc && !word.starts_with("free-")) return lines.fail_line();
    state->since = is_alloc ? Since::allocs : Since::frees;
    const std::string_view count = word.substr(word.find_last_of("+-") + 1);
    if (count == "all") return state->count = ObjectState::kAll, true;
    return lines.number(count, kMostObjects, &state->count);
}

bool read_state(CaptureLines& lines, ObjectState* state) {
    state->line = lines.line();
    if (!read_since(lines, lines.word(), state)) return false;
    const std::string_view rest = lines.rest();
    for (const Counter& counter : kCounters) {
        // With the blank before it: "objects=[" ends "total_objects=[" too.
        std::size_t at = rest.starts_with(counter.name) ? 0 : rest.find(" " + std::string(counter.name));
        if (at == std::string_view::npos)
            return lines.fail(
                Message("capture.field_missing").text("field", counter.name.substr(0, counter.name.size() - 2)));
        at = rest.find('[', at) + 1;
        if (!read_counter(lines, rest.substr(at, std::min(rest.find_first_of(" ]", at), rest.size()) - at),
                          &(state->*counter.value)))
            return false;
    }
    return true;
}

}  // namespace

bool is_object_capture(std::string_view text) { return text.starts_with("OC size="); }
bool is_object_states(std::string_view text) { return text.starts_with("ST "); }

Result<ObjectCapture> parse_object_capture(std::string_view text) {
    ObjectCapture capture;
    std::set<u64> held;
    CaptureLines lines(text);
    while (lines.next()) {
        const std::string_view first = lines.word();
        ObjectStep step;
        bool is_good = false;
        if (first == "OC" && capture.size == 0)
            is_good = read_cache(lines, &capture);
        else if (first == "OA")
            is_good = read_step(lines, ObjectStep::Kind::alloc, &step);
        else if (first == "OF")
            is_good = read_step(lines, ObjectStep::Kind::free, &step);
        else
            is_good = lines.fail_line();
        if (!is_good) return std::move(lines.fault());
        if (first == "OC") continue;
        if (!is_possible(step, &held)) {
            lines.fail(Message("capture.object_not_held"));
            return std::move(lines.fault());
        }
        capture.steps.push_back(step);
    }
    if (capture.size == 0) return Diagnostic{1, 1, 0, Message("capture.no_cache")};
    return capture;
}

Result<std::vector<ObjectState>> parse_object_states(std::string_view text) {
    std::vector<ObjectState> states;
    CaptureLines lines(text);
    while (lines.next()) {
        ObjectState state;
        const bool is_good = lines.word() == "ST" ? read_state(lines, &state) : lines.fail_line();
        if (!is_good) return std::move(lines.fault());
        states.push_back(state);
    }
    return states;
}

}  // namespace mmscope
