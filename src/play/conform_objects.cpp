#include "play/conform_objects.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "intake/object_capture.h"
#include "mm/slab.h"

namespace mmscope {

namespace {

// One zone from which every request is served, with nothing free and no mark to keep.
PageAllocator empty_memory(const Profile& profile, Arch arch, u32 frames, u32 cpus) {
    ZoneLayout layout;
    layout.type = ZoneType::dma;
    layout.start = {1};
    layout.spanned = frames - 1;
    layout.present = {{{1}, frames - 1}};
    PageAllocator memory(arch, profile, {layout}, cpus);
    memory.set_sysctl(memory.sysctl());  // sizes of the per-CPU lists
    Zone& zone = memory.zones()[0];
    std::fill(std::begin(zone.watermark), std::end(zone.watermark), 0U);
    for (u32 block = 0; block < memory.frames().pageblock_entries(); ++block)
        memory.frames().pageblock_types()[block] = static_cast<u8>(Migratetype::unmovable);
    return memory;
}

// In which order the objects of fresh slabs come: one sequence for the cache, and where each slab begins in it.
class ObjectOrder {
public:
    explicit ObjectOrder(u32 objects) : objects_(objects) {}

    // The model gave object `place` of the slab at `head` (a fresh one's are 0, 1, 2 ...), the kernel its object
    // `object`: can that be the same?
    bool fits(Pfn head, u32 place, u32 object) {
        if (first_ == kNoPfn) first_ = head;
        if (place == 0 && begin_of(head) == kNone) starts_.push_back({head, sequence_.empty() ? 0 : start_of(object)});
        const u32 begin = begin_of(head);
        if (begin == kNone) return false;
        const u32 at = (begin + place) % objects_;
        if (at < sequence_.size()) return sequence_[at] == object;
        const bool is_next = head == first_ && at == sequence_.size() && start_of(object) == kNone;
        if (is_next) sequence_.push_back(object);
        return is_next;
    }
    void forget(Pfn head) {
        std::erase_if(starts_, [&](const auto& start) { return start.first == head; });
        if (head == first_ && sequence_.size() == objects_) first_ = {0};  // whole: no slab adds to it any more
    }

private:
    static constexpr u32 kNone = 0xffffffffU;
    u32 start_of(u32 object) const {
        const auto found = std::find(sequence_.begin(), sequence_.end(), object);
        return found == sequence_.end() ? kNone : static_cast<u32>(found - sequence_.begin());
    }
    u32 begin_of(Pfn head) const {
        const auto is_its = [&](const auto& start) { return start.first == head; };
        const auto found = std::find_if(starts_.begin(), starts_.end(), is_its);
        return found == starts_.end() ? kNone : found->second;
    }

    u32 objects_;
    Pfn first_ = kNoPfn;
    std::vector<u32> sequence_;
    std::vector<std::pair<Pfn, u32>> starts_;
};

class ObjectReplay {
public:
    ObjectReplay(const ObjectCapture& capture, const Profile& profile, Arch arch, u32 cpus, u32 frames);

    Outcome run(const std::vector<ObjectState>& states);

private:
    void until(const ObjectState& state);
    void step(const ObjectStep& step);
    bool alloc(const ObjectStep& step, ObjectAddress* got);
    void offer_block(Pfn pfn);
    void take_all();
    void compare(const ObjectState& state);

    const ObjectCapture& capture_;
    Trace trace_{1U << 4};
    PageAllocator memory_;
    SlabAllocator slab_;
    SlabCaller caller_{memory_, trace_, 1, 0};
    CacheId cache_;
    ObjectOrder order_;
    std::map<u64, std::pair<ObjectAddress, bool>> held_;  // by the kernel's object: the model's, and whether it agreed
    std::size_t next_ = 0;
    u32 states_ = 0, states_agreed_ = 0;
    Outcome outcome_{{}, "conform.object_calls", 0, 0, false};
};

CacheSpec spec_of(const ObjectCapture& capture) {
    CacheSpec spec;
    spec.object_size = capture.size;
    spec.align = capture.align;
    return spec;
}

ObjectReplay::ObjectReplay(const ObjectCapture& capture, const Profile& profile, Arch arch, u32 cpus, u32 frames)
    : capture_(capture),
      memory_(empty_memory(profile, arch, frames, cpus)),
      slab_(memory_, FreelistOrder::plain, 1),
      cache_(slab_.create("capture", spec_of(capture))),
      order_(slab_.cache(cache_).layout.objects) {}

// The kernel's slab is the one block that is free, so it is what the model gets if it asks for one.
void ObjectReplay::offer_block(Pfn pfn) {
    const Order order = slab_.cache(cache_).layout.order;
    const Pfn head = block_start(pfn, order);
    for (u32 frame = 0; frame < order.frames(); ++frame) {
        const u8 state = memory_.frames().state(head + frame);
        if (!frame_state::is_allocated(state) || frame_state::owner(state) != Owner::kernel) return;
    }
    memory_.buddy(0, trace_).add_block(head, order, Migratetype::unmovable, Buddy::Place::head);
}

void ObjectReplay::take_all() {
    Trace nobody;
    memory_.drain_pages({}, {}, nobody);
    while (memory_.alloc_pages({gfp::kKernel | gfp::kMemalloc}, {0}, 1, 0, nobody) != kNoPfn) {
    }
}

bool ObjectReplay::alloc(const ObjectStep& step, ObjectAddress* got) {
    const u64 slabs_before = trace_.counts()[static_cast<u32>(TraceKind::alloc_slab)];
    *got = slab_.alloc(cache_, {gfp::kKernel}, caller_);
    if (got->is_null()) return false;
    const CacheLayout& layout = slab_.cache(cache_).layout;
    const Pfn head = block_start(step.pfn, layout.order);
    if (trace_.counts()[static_cast<u32>(TraceKind::alloc_slab)] != slabs_before)
        order_.forget(block_start(got->pfn(), layout.order));
    if (block_start(got->pfn(), layout.order) != head) return false;
    const u32 place = static_cast<u32>((got->value - (u64{head.value} << kPageShift)) / layout.size);
    const u64 bytes = u64{step.pfn - head} * kPageSize + step.offset;
    return bytes % layout.size == 0 && order_.fits(head, place, static_cast<u32>(bytes / layout.size));
}

void ObjectReplay::step(const ObjectStep& step) {
    bool agreed = false;
    if (step.kind == ObjectStep::Kind::alloc) {
        offer_block(step.pfn);
        ObjectAddress object;
        agreed = alloc(step, &object);
        held_[step.place()] = {object, agreed};
    } else {
        const auto held = held_.find(step.place());
        agreed = held->second.second;
        if (!held->second.first.is_null()) slab_.free(held->second.first, caller_);
        held_.erase(held);
    }
    take_all();
    ++outcome_.total;
    outcome_.agreed += agreed;
    if (agreed || outcome_.total != outcome_.agreed + 1) return;
    outcome_.remarks.push_back(
        {step.line, {Message("conform.object").hex("pfn", step.pfn.value).number("offset", step.offset)}});
}

// What the capture did before this state.
void ObjectReplay::until(const ObjectState& state) {
    if (state.since == ObjectState::Since::shrink) {
        slab_.shrink(cache_, caller_);
        return take_all();
    }
    const auto kind = state.since == ObjectState::Since::allocs ? ObjectStep::Kind::alloc : ObjectStep::Kind::free;
    for (u32 count = 0; count < state.count && next_ < capture_.steps.size() && capture_.steps[next_].kind == kind;
         ++count)
        step(capture_.steps[next_++]);
}

void ObjectReplay::compare(const ObjectState& state) {
    const CacheCounters model = slab_.counters(cache_);
    const struct {
        const char* name;
        u32 kernel, model;
    } values[] = {{"slabs", state.slabs, model.slabs},
                  {"objects", state.objects, model.objects},
                  {"total_objects", state.total_objects, model.total_objects},
                  {"partial", state.partial, model.partial},
                  {"objects_partial", state.objects_partial, model.objects_partial},
                  {"cpu_slabs", state.cpu_slabs, model.cpu_slabs},
                  {"slabs_cpu_partial", state.cpu_partial_slabs, model.cpu_partial_slabs}};
    bool agrees = true;
    for (const auto& value : values) {
        if (value.kernel == value.model) continue;
        agrees = false;
        outcome_.remarks.push_back({0,
                                    {Message("conform.object_state")
                                         .number("line", state.line)
                                         .text("value", value.name)
                                         .number("kernel", value.kernel)
                                         .number("model", value.model)}});
    }
    ++states_;
    states_agreed_ += agrees;
}

Outcome ObjectReplay::run(const std::vector<ObjectState>& states) {
    for (const ObjectState& state : states) {
        until(state);
        compare(state);
    }
    while (next_ < capture_.steps.size()) step(capture_.steps[next_++]);
    if (!states.empty())
        outcome_.remarks.push_back(
            {0, {Message("conform.object_states").number("agreed", states_agreed_).number("states", states_)}});
    outcome_.is_perfect = outcome_.total != 0 && outcome_.agreed == outcome_.total && states_agreed_ == states_;
    return std::move(outcome_);
}

}  // namespace

Result<Outcome, ConformObjectsError> conform_objects(std::string_view text, std::string_view states_text,
                                                     const Profile& profile, Arch arch, u32 cpus) {
    const auto capture = parse_object_capture(text);
    if (!capture) return ConformObjectsError{capture.error(), false};
    const auto states = parse_object_states(states_text);
    if (!states) return ConformObjectsError{states.error(), true};
    if (profile.slab.kind != SlabProfile::Kind::cpu_slabs)
        return ConformObjectsError{{0, 0, 0, Message("conform.no_slub").text("kernel", profile.name)}, false};
    const bool is_power = (capture->align & (capture->align - 1)) == 0;
    if (capture->size > kLargestObject || !is_power || capture->align > kPageSize)
        return ConformObjectsError{{1, 1, 0, Message("capture.no_cache")}, false};
    u32 frames = 1U << kMaxPageOrder;
    for (const ObjectStep& step : capture->steps) frames = std::max(frames, step.pfn.value + 1);
    frames = (frames + (1U << kMaxPageOrder) - 1) >> kMaxPageOrder << kMaxPageOrder;
    return ObjectReplay(*capture, profile, arch, cpus, frames).run(*states);
}

}  // namespace mmscope
