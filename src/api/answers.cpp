#include "api/answers.h"

#include "api/answer.h"
#include "play/failure_report.h"
#include "play/narration.h"
#include "play/process_view.h"
#include "play/proc_files.h"
#include "play/proc_memory.h"
#include "play/prospect.h"
#include "play/terminal.h"
#include "play/value.h"
#include "play/vocabulary.h"
#include "ui/block_list.h"
#include "ui/fields.h"
#include "ui/text.h"
#include "ui/pcp_panel.h"
#include "ui/reclaim_fields.h"
#include "ui/slab_fields.h"

namespace mmscope::answers {

namespace {

constexpr const char* kRunStates[] = {"paused", "running", "finished", "failed"};

void put(Answer& answer, const std::vector<Message>& list) {
    answer.begin_array();
    for (const Message& message : list) answer.value(message);
    answer.end_array();
}

void put(Answer& answer, const std::vector<Mark>& marks) {
    answer.begin_array();
    for (const Mark& mark : marks) {
        answer.begin_object()
            .member("step", mark.step)
            .member("line", mark.line)
            .member("label", mark.label)
            .end_object();
    }
    answer.end_array();
}

template <class Numbers>
void put_numbers(Answer& answer, const Numbers& numbers) {
    answer.begin_array();
    for (const u32 number : numbers) answer.value(number);
    answer.end_array();
}

void put_machine(Answer& answer, const Machine& machine) {
    const PageAllocator& memory = machine.memory();
    answer.begin_object()
        .member("arch", kArchNames[static_cast<u32>(memory.arch())])
        .member("kernel", machine.kernel());
    answer.member("cpus", memory.cpus()).member("nodes", memory.nodes());
    answer.member("imported", has_imported_zones(machine)).member("frames", memory.frames().frames()).end_object();
}

void put_zone(Answer& answer, const PageAllocator& memory, const Zone& zone) {
    answer.begin_object()
        .member("position", u32{zone.position})
        .member("node", u32{zone.node})
        .member("name", zone.name());
    answer.member("startPfn", zone.start.value).member("spanned", zone.spanned).member("present", zone.present);
    answer.member("managed", zone.managed).member("free", zone.free_pages).member("onCpuLists", memory.pcp_count(zone.position));
    answer.member("boost", zone.boost).member("highAtomic", zone.nr_reserved_highatomic);
    answer.member("min", zone.mark(Watermark::min)).member("low", zone.mark(Watermark::low));
    answer.member("high", zone.mark(Watermark::high));
    put_numbers(answer.key("reserve"), zone.lowmem_reserve);
    put_numbers(answer.key("pageblocks"), pageblock_counts(memory, zone));
    answer.key("blocks").begin_array();
    for (u8 order = 0; order < kNrPageOrders; ++order) answer.value(zone.area.nr_free({order}));
    answer.end_array().key("byType").begin_array();
    for (u32 type = 0; type < kMigratetypes; ++type) {
        answer.begin_array();
        for (u32 order = 0; order < kNrPageOrders; ++order) answer.value(zone.area.count[order][type]);
        answer.end_array();
    }
    answer.end_array().end_object();
}

const char* kind_of(const FrameInfo& frame) {
    if (frame.zone == nullptr) return "outside";
    if (frame_state::is_absent(frame.state)) return "absent";
    if (frame_state::is_reserved(frame.state)) return "reserved";
    return frame_state::is_free(frame.state) ? "free" : "allocated";
}

// The call that gives a block back, for a block that a page call took; else empty.
std::string freeing_call(const FrameInfo& frame) {
    const bool is_held = frame.call_line > 0 && frame.block.head != kNoPfn && frame.allocation.call > 0;
    if (!is_held || frame.mapped || frame.cpu_list || frame_state::is_free(frame.state)) return {};
    return "__free_pages(pfn_to_page(" + std::to_string(frame.block.head.value) + "), " +
           std::to_string(frame.block.order.value) + ")";
}

void put_printed(Answer* answer, const Result<std::string, Message>& printed) {
    answer->member("text", printed ? std::string_view(*printed) : "").key("error");
    if (printed) {
        answer->null();
    } else {
        answer->value(printed.error());
    }
}

}  // namespace

std::string diagnostics(const std::vector<Diagnostic>& list, std::string_view source) {
    Answer answer;
    answer.begin_array();
    for (const Diagnostic& diagnostic : list) answer.value(diagnostic, source);
    return answer.end_array().text();
}

std::string messages(const std::vector<Message>& list) {
    Answer answer;
    put(answer, list);
    return answer.text();
}

std::string told_events(const std::vector<Session::Told>& told) {
    Answer answer;
    answer.begin_array();
    for (const Session::Told& one : told) answer.value(one.event);
    return answer.end_array().text();
}

std::string status(const Session& session) {
    const Snapshot snapshot = session.snapshot();
    Answer answer;
    answer.begin_object().member("generation", snapshot.generation);
    answer.member("state", kRunStates[static_cast<u32>(snapshot.state)]);
    answer.member("step", snapshot.step)
        .member("lastStep", snapshot.last_step)
        .member("line", snapshot.line)
        .member("event", snapshot.event)
        .member("events", session.events())
        .key("failure");
    if (session.failure()) {
        answer.value(*session.failure(), session.source());
    } else {
        answer.null();
    }
    put(answer.key("marks"), session.marks());
    put(answer.key("notes"), session.notes());
    std::string hash = hex_text(session.state_hash()).substr(2);
    hash.insert(0, 16 - hash.size(), '0');
    answer.member("stateHash", hash).member("summary", summarize(snapshot));
    put(answer.key("machineNotes"), session.machine_notes());
    answer.member("hasKernelLog", has_kernel_log(session));
    put_machine(answer.key("machine"), *snapshot.machine);
    return answer.end_object().text();
}

std::string zones(const Snapshot& snapshot) {
    Answer answer;
    answer.begin_array();
    for (const Zone& zone : snapshot.memory().zones()) put_zone(answer, snapshot.memory(), zone);
    return answer.end_array().text();
}

std::string cpu_lists(const Snapshot& snapshot) {
    const PageAllocator& memory = snapshot.memory();
    Answer answer;
    answer.begin_array();
    for (const Zone& zone : memory.zones()) {
        for (u32 cpu = 0; zone.is_populated() && cpu < memory.cpus(); ++cpu) {
            answer.begin_object().member("zone", zone_label(memory, zone)).member("cpu", cpu).key("numbers").begin_array();
            for (const NamedNumber& entry : pcp_numbers(memory, zone, cpu))
                answer.begin_object().member("name", entry.name).member("value", entry.number).end_object();
            answer.end_array().key("lists").begin_array();
            for (u8 list = 0; list < kNrPcpLists && cpu_list_order(memory, list); ++list) {
                const size_t blocks = blocks_on(memory, Thing::cpu_list(zone.position, cpu, list), ~0U).size();
                answer.begin_object().member("name", cpu_list_name(memory, list)).member("blocks", static_cast<u32>(blocks)).end_object();
            }
            answer.end_array().end_object();
        }
    }
    return answer.end_array().text();
}

std::string prospects(const Snapshot& snapshot, u32 cpu) {
    const PageAllocator& memory = snapshot.memory();
    Answer answer;
    answer.begin_array();
    for (u32 row = 0; row < kAskedRows && cpu < memory.cpus(); ++row) {
        answer.begin_object().member("gfp", kAskedFlags[row]).key("cells").begin_array();
        for (u8 order = 0; order < kNrPageOrders; ++order) answer.value(cell_text(memory, ask_row(memory, row, {order}, cpu)));
        answer.end_array().end_object();
    }
    return answer.end_array().text();
}

std::string ask(const Snapshot& snapshot, std::string_view gfp, i64 order, i64 cpu) {
    const Result<AllocProspect, Message> prospect = mmscope::ask(snapshot.memory(), gfp, order, cpu);
    Answer answer;
    answer.begin_object().member("succeeds", prospect.has_value() && prospect->succeeds());
    put(answer.key("sentences"), prospect ? narrate_prospect(snapshot.memory(), *prospect) : std::vector<Message>{prospect.error()});
    return answer.end_object().text();
}

std::string mem_available(const Snapshot& snapshot) {
    const MemAvailable terms = mem_available_of(*snapshot.machine);
    Answer answer;
    answer.begin_object().member("pages", terms.pages()).member("free", terms.free);
    answer.member("totalReserve", terms.total_reserve).member("file", terms.file).member("fileKept", terms.file_kept);
    answer.member("reclaimable", terms.reclaimable).member("reclaimableKept", terms.reclaimable_kept);
    return answer.end_object().text();
}

std::string reclaim(const Snapshot& snapshot) {
    Answer answer;
    answer.begin_array();
    for (const ReclaimGroup& group : reclaim_groups(snapshot)) {
        answer.begin_object().member("kind", kReclaimGroupNames[static_cast<u32>(group.kind)]);
        answer.member("name", group.name).key("rows").begin_array();
        for (const ReclaimRow& row : group.rows)
            answer.begin_object().member("name", row.name).member("value", row.value).end_object();
        answer.end_array().end_object();
    }
    return answer.end_array().text();
}

std::string slab_caches(const Snapshot& snapshot) {
    Answer answer;
    answer.begin_array();
    for (const CacheView& cache : sorted_caches(*snapshot.machine, SlabSort::pages)) {
        answer.begin_object().member("number", cache.cache.value).member("name", cache.name);
        answer.member("objectSize", cache.object_size).member("size", cache.layout.size);
        answer.member("perSlab", u32{cache.layout.objects}).member("used", cache.counters.used);
        answer.member("total", cache.counters.total_objects).member("slabs", cache.counters.slabs);
        answer.member("pages", cache_pages(cache)).member("lost", byte_size(cache.lost_inside + cache.lost_padding));
        answer.end_object();
    }
    return answer.end_array().text();
}

std::string slabs(const Snapshot& snapshot, u32 cache) {
    constexpr char kLetters[] = {'U', 'c', 'r', 'f', 's', 'a'};  // by ObjectView::State
    static_assert(sizeof kLetters == ObjectView::kStates);
    Answer answer;
    answer.begin_array();
    u32 rows = 0;
    for (const SlabView& slab : slab_views(*snapshot.machine, {cache})) {
        if (++rows > kMostSlabRows) break;
        std::string objects;
        for (const ObjectView& object : object_views(*snapshot.machine, slab.slab))
            objects += kLetters[static_cast<u32>(object.state)];
        answer.begin_object().member("pfn", slab.pfn.value).member("place", slab_place(slab));
        answer.member("used", slab.used).member("objects", objects).end_object();
    }
    return answer.end_array().text();
}

std::string slab_queues(const Snapshot& snapshot, u32 cache) {
    Answer answer;
    answer.begin_array();
    for (const QueueView& queue : queue_views(*snapshot.machine, {cache})) {
        answer.begin_object().member("name", queue_name(queue, snapshot.memory().nodes())).member("held", queue.held);
        answer.member("limit", queue.limit).member("batchcount", queue.batchcount).end_object();
    }
    return answer.end_array().text();
}

std::string processes(const Snapshot& snapshot) {
    Answer answer;
    answer.begin_array();
    for (const ProcessView& process : process_views(snapshot.memory())) {
        answer.begin_object().member("pid", process.pid).member("parent", process.parent);
        answer.member("resident", process.resident).member("total", process.total);
        answer.member("tables", process.table_pages + 1).key("areas").begin_array();
        for (const AreaView& area : area_views(snapshot.memory(), process.pid)) {
            answer.begin_object().member("start", hex(area.start)).member("end", hex(area.end));
            answer.member("rights", area.rights).member("name", area.name).member("resident", area.resident);
            answer.member("swapped", area.swapped).member("huge", area.huge);
            answer.member("pages", (area.end - area.start) >> kPageShift).end_object();
        }
        answer.end_array().end_object();
    }
    return answer.end_array().text();
}

std::string walk(const Snapshot& snapshot, u32 pid, std::string_view address) {
    Answer answer;
    answer.begin_array();
    const std::optional<u64> number = read_address(address);
    if (number && snapshot.memory().processes().is_alive(pid))
        for (const std::string& line : walk_lines(snapshot.memory(), pid, *number)) answer.value(line);
    return answer.end_array().text();
}

std::string frame(const Snapshot& snapshot, double pfn) {
    const bool is_pfn = pfn >= 0 && pfn < 4294967295.0;
    const FrameInfo info = describe_frame(snapshot, is_pfn ? Pfn{static_cast<u32>(pfn)} : kNoPfn);
    const bool in_block = info.block.head != kNoPfn;
    Answer answer;
    answer.begin_object().member("pfn", info.pfn.value).member("kind", kind_of(info)).key("fields").begin_array();
    for (const Field& field : frame_fields(snapshot, info)) {
        answer.begin_object().member("name", field.name).member("value", field.value).end_object();
    }
    answer.end_array().member("blockPfn", in_block ? i64{info.block.head.value} : i64{-1});
    answer.member("blockOrder", in_block ? u32{info.block.order.value} : u32{0});
    return answer.member("callLine", info.call_line).member("callText", info.call_text)
        .member("freeingCall", freeing_call(info))
        .end_object()
        .text();
}

std::string terminal(const Snapshot& snapshot, std::string_view line) {
    Answer answer;
    put_printed(&answer.begin_object(), run_command_line(snapshot, line));
    return answer.end_object().text();
}

std::string command(const Result<std::string, Message>& printed, const RunningCommand& running) {
    Answer answer;
    put_printed(&answer.begin_object(), printed);
    return answer.member("goesOn", !running.is_over()).end_object().text();
}

std::string completions(std::string_view line) {
    Answer answer;
    answer.begin_array();
    for (const std::string& word : complete_command_line(line)) answer.value(word);
    return answer.end_array().text();
}

std::string evaluation(const Session& session, std::string_view expression) {
    const Result<ScriptValue> value = session.evaluate(expression);
    Answer answer;
    answer.begin_object().member("ok", value.has_value());
    answer.member("isNumber", value && value->is_number);
    answer.member("number", value && value->is_number ? std::to_string(value->number) : std::string());
    answer.member("text", value ? value->text : std::string()).key("error");
    if (value) {
        answer.null();
    } else {
        answer.value(value.error(), expression);
    }
    return answer.end_object().text();
}

std::string call_names() {
    constexpr const char* kNames[] = {
#define MMSCOPE_X(name) #name,
        MMSCOPE_PAGE_CALLS(MMSCOPE_X)
#undef MMSCOPE_X
    };
    Answer answer;
    answer.begin_array();
    for (const char* name : kNames) answer.value(name);
    for (u8 i = 0; i <= static_cast<u8>(Looking::events); ++i) answer.value(looking_word(static_cast<Looking>(i)).name);
    return answer.value("random").end_array().text();
}

}  // namespace mmscope::answers
