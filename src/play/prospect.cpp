#include "play/prospect.h"

#include <algorithm>
#include <cassert>

#include "play/narration.h"
#include "play/page_calls.h"

namespace mmscope {

namespace {


Message about(std::string_view key, const PageAllocator& memory, const AllocProspect& prospect) {
    const AllocRequest& request = prospect.request;
    Message message(key);
    message.text("gfp", gfp_to_text(request.gfp, memory.profile())).number("order", request.order.value);
    return message.number("cpu", request.cpu).text("migratetype", kMigratetypeNames[static_cast<u32>(request.type)]);
}

const char* key_of(const ZoneVerdict& verdict) {
    switch (verdict.answer) {
        case ZoneAnswer::gives: return "prospect.gives";
        case ZoneAnswer::below_mark: return "prospect.below_mark";
        case ZoneAnswer::no_block: return verdict.test.by_order ? "prospect.small_blocks" : "prospect.no_block";
        case ZoneAnswer::would_mix: return "prospect.would_mix";
        case ZoneAnswer::nothing_usable: break;
    }
    return "prospect.nothing_usable";
}

const char* key_of(BlockSource source) {
    switch (source) {
        case BlockSource::cpu_list: return "prospect.cpu_list";
        case BlockSource::own: return "prospect.own";
        case BlockSource::claim: return "prospect.claim";
        case BlockSource::steal: return "prospect.steal";
        default: return "prospect.highatomic";
    }
}

// What is different from the pass before.
Message narrate_pass(const PageAllocator& memory, const AllocProspect& prospect, AllocPass pass, bool is_first) {
    switch (pass) {
        case AllocPass::fast: return about("prospect.fast", memory, prospect);
        case AllocPass::fast_mixing:
            return about(is_first ? "prospect.fast_mixing" : "event.nofragment_retry", memory, prospect);
        case AllocPass::slow: return about("event.slowpath", memory, prospect);
        case AllocPass::no_watermarks: break;
    }
    return about("prospect.no_watermarks", memory, prospect);
}

void narrate_block(const PageAllocator& memory, const AllocProspect& prospect, std::vector<Message>* out) {
    const BlockProspect& block = prospect.block;
    if (block.refills) out->push_back(about("prospect.refill", memory, prospect));
    Message message = about(key_of(block.source), memory, prospect);
    message.hex("pfn", block.pfn.value).number("block_order", block.block_order.value);
    out->push_back(std::move(message.text("from", kMigratetypeNames[static_cast<u32>(block.from)])));
}

// What reclaim and compaction would bring is found out by trying it, on a copy of the machine.
Message narrate_trial(const PageAllocator& memory, const AllocProspect& prospect) {
    PageAllocator copy = memory;
    Trace nobody;
    const AllocRequest& request = prospect.request;
    const Pfn pfn = copy.alloc_pages(request.gfp, request.order, 0, request.cpu, nobody);
    const auto more = [&](VmCounter counter) { return static_cast<i64>(copy.vmstat(counter) - memory.vmstat(counter)); };
    const char* key = "prospect.sleeps_fails";
    if (copy.deadlock() == Deadlock::panic) key = "prospect.sleeps_panics";
    if (copy.deadlock() == Deadlock::panic_on_oom) key = "prospect.sleeps_panic_on_oom";
    if (copy.deadlock() == Deadlock::endless) key = "prospect.sleeps_endless";
    if (pfn != kNoPfn) key = more(VmCounter::oom_kill) != 0 ? "prospect.sleeps_kills" : "prospect.sleeps_gets";
    Message message = about(key, memory, prospect);
    message.number("reclaimed", more(VmCounter::pgsteal_direct) + more(VmCounter::pgsteal_kswapd));
    message.number("moved", more(VmCounter::pgmigrate_success));
    if (pfn == kNoPfn) return message;
    return message.hex("pfn", pfn.value).text("zone", zone_label(memory, *copy.zone_of(pfn)));
}

}  // namespace

AllocProspect ask_row(const PageAllocator& memory, u32 row, Order order, u32 cpu) {
    const GfpReading reading = gfp_from_text(kAskedFlags[row], memory.profile());
    assert(reading.is_whole());
    return would_alloc(memory, reading.mask, order, cpu);
}

Result<AllocProspect, Message> ask(const PageAllocator& memory, std::string_view gfp, i64 order, i64 cpu) {
    const GfpReading reading = gfp_from_text(gfp, memory.profile());
    if (!reading.unknown_name.empty()) return Message("error.unknown_name_plain").text("name", reading.unknown_name);
    if (reading.unknown_bits != 0) return Message("error.unknown_name_plain").text("name", gfp);
    if (order < 0 || order > kMaxPageOrder)
        return Message("error.no_such_order").number("order", order).number("most", kMaxPageOrder);
    if (cpu < 0 || cpu >= memory.cpus())
        return Message("prospect.no_cpu").number("cpu", cpu).number("cpus", memory.cpus());
    const Order wanted{static_cast<u8>(order)};
    if (Message fault = alloc_fault(reading.mask, wanted, memory.profile()); !fault.is_empty()) return fault;
    return would_alloc(memory, reading.mask, wanted, static_cast<u32>(cpu));
}

ZoneAnswer reason_of(const AllocProspect& prospect) {
    ZoneAnswer reason = ZoneAnswer::below_mark;
    if (prospect.chain.empty()) return ZoneAnswer::nothing_usable;
    const AllocPass last = prospect.chain.back().pass;
    for (const ZoneVerdict& verdict : prospect.chain) {
        if (verdict.pass != last || verdict.answer == ZoneAnswer::below_mark) continue;
        if (reason != ZoneAnswer::no_block) reason = verdict.answer;
    }
    return reason;
}

char sign_of(const AllocProspect& prospect) {
    const BlockProspect& block = prospect.block;
    if (!prospect.succeeds()) return kAnswerSigns[static_cast<u32>(reason_of(prospect))];
    return block.source == BlockSource::own && block.refills ? kRefillSign
                                                             : kSourceSigns[static_cast<u32>(block.source)];
}

const char* mark_sign(const AllocProspect& prospect) {
    if (!prospect.succeeds() || prospect.giver()->pass < AllocPass::slow) return "";
    return prospect.giver()->pass == AllocPass::slow ? "m" : "x";
}

std::string short_zone(const PageAllocator& memory, const Zone& zone) {
    constexpr const char* kShort[] = {"D", "D32", "N", "H", "M", "V"};
    static_assert(std::size(kShort) == kZoneTypes);
    const std::string name = kShort[static_cast<u32>(zone.type)];
    return memory.nodes() > 1 ? name + "@" + std::to_string(zone.node) : name;
}

std::string cell_text(const PageAllocator& memory, const AllocProspect& prospect) {
    const std::string sign(1, sign_of(prospect));
    if (!prospect.succeeds()) return (prospect.sleeps() ? "w" : "-") + sign;
    return short_zone(memory, memory.zones()[prospect.giver()->zone]) + sign + mark_sign(prospect);
}

std::string arithmetic(const ZoneVerdict& verdict) {
    return watermark_arithmetic(verdict.test, verdict.mark, verdict.boost);
}

std::vector<Message> narrate_prospect(const PageAllocator& memory, const AllocProspect& prospect) {
    std::vector<Message> out;
    Message headline =
        about(prospect.succeeds() ? "prospect.yes" : prospect.sleeps() ? "prospect.sleeps" : "prospect.no", memory, prospect);
    if (prospect.succeeds()) headline.text("zone", zone_label(memory, memory.zones()[prospect.giver()->zone]));
    out.push_back(std::move(headline));
    const ZoneVerdict* before = nullptr;
    for (const ZoneVerdict& verdict : prospect.chain) {
        if (before == nullptr || before->pass != verdict.pass)
            out.push_back(narrate_pass(memory, prospect, verdict.pass, before == nullptr));
        Message message = about(key_of(verdict), memory, prospect);
        message.text("zone", zone_label(memory, memory.zones()[verdict.zone]));
        out.push_back(std::move(message.text("test", arithmetic(verdict))));
        before = &verdict;
    }
    if (prospect.succeeds()) narrate_block(memory, prospect, &out);
    if (prospect.sleeps()) out.push_back(narrate_trial(memory, prospect));
    return out;
}

}  // namespace mmscope
