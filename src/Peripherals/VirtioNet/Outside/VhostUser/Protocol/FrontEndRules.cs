// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a front end can get wrong, in the order of QEMU's docs/interop/vhost-user.rst, whose sections the rules name. After
// each sentence come the two numbers that are reported with the rule.

using VirtioNet.Reports;

namespace VirtioNet.Outside.VhostUser.Protocol
{
    /// <summary>Rules for front ends. Each has an object of its own, so that one that is broken often hides no other.</summary>
    public static class FrontEndRules
    {
        /// <summary>Header, flags. Request, flags.</summary>
        public static readonly Rule HeaderFlags = Fatal("flags: a request has version 1 and is no reply", "Header");

        /// <summary>Header, size: a back end has room for the longest payload that it knows. Most bytes, size.</summary>
        public static readonly Rule PayloadTooLong = Fatal("size: no request has so long a payload", "Header");

        /// <summary>Each request has its own payload. Fewest bytes, size.</summary>
        public static readonly Rule PayloadSize = Fatal("size: this request's payload has another length", "Payload");

        /// <summary>The stream ended within a message. Bytes that came.</summary>
        public static readonly Rule MessageCutOff = Fatal("the front end has gone in the middle of a message", "Communication");

        /// <summary>A reply did not fit the socket: a front end reads the replies that it asks for.</summary>
        public static readonly Rule ReplyNotTaken = Fatal("the front end does not take its replies", "Communication");

        /// <summary>No message has more descriptors than a memory table. Most descriptors.</summary>
        public static readonly Rule DescriptorsOfMessage = Fatal("a message carries more than eight descriptors", "Memory regions description");

        /// <summary>The system could not give this process all descriptors of a message. Those that came.</summary>
        public static readonly Rule DescriptorsLost = Fatal("descriptors of a message were lost, because this process has as many files open as it may (ulimit -n)", "Communication");

        /// <summary>Only some requests carry descriptors. Most that this one may have, those that came.</summary>
        public static readonly Rule DescriptorsOfRequest = Fatal("this request has fewer descriptors, or none", "Communication");

        /// <summary>The socket is for one front end at a time.</summary>
        public static readonly Rule OneFrontEnd = Of("a second front end was turned away, because one is connected", "Communication");

        /// <summary>Its number is not among those that this back end knows. Request.</summary>
        public static readonly Rule UnknownRequest = Fatal("this back end does not know the request", "Front-end message types");

        /// <summary>Extensions are gated by protocol features. Request.</summary>
        public static readonly Rule RequestNotOffered = Fatal("the protocol feature for this request was not offered", "Protocol features");

        /// <summary>Offered, wanted.</summary>
        public static readonly Rule FeatureNotOffered = Fatal("features: one was not offered", "VHOST_USER_SET_FEATURES");

        /// <summary>Offered, wanted.</summary>
        public static readonly Rule FeatureDependency = Fatal("features: one lacks another that it depends on", "VHOST_USER_SET_FEATURES");

        /// <summary>In force, wanted.</summary>
        public static readonly Rule FeaturesWhileRunning = Fatal("features change while a ring runs; VHOST_USER_GET_VRING_BASE stops it", "VHOST_USER_SET_FEATURES");

        /// <summary>Offered, wanted.</summary>
        public static readonly Rule ProtocolFeatureNotOffered = Fatal("protocol features: one was not offered", "VHOST_USER_SET_PROTOCOL_FEATURES");

        /// <summary>Size of the payload, num regions.</summary>
        public static readonly Rule RegionCount = Fatal("num regions: at most eight, and as many as the payload has", "Memory regions description");

        /// <summary>Descriptors, num regions.</summary>
        public static readonly Rule RegionDescriptors = Fatal("each memory region has one descriptor", "VHOST_USER_SET_MEM_TABLE");

        /// <summary>Guest address, size.</summary>
        public static readonly Rule RegionRange = Fatal("a memory region is empty, or passes the end of its address space", "Memory regions description");

        /// <summary>Guest address, size.</summary>
        public static readonly Rule RegionOverlap = Fatal("a memory region overlaps another one", "Memory regions description");

        /// <summary>Only such memory can always be read and written at once. Guest address, size.</summary>
        public static readonly Rule RegionNotMemory = Fatal("a memory region is no file of memory: share a memfd, or a file in /dev/shm or of huge pages", "VHOST_USER_SET_MEM_TABLE");

        /// <summary>Guest address, size.</summary>
        public static readonly Rule RegionBeyondFile = Fatal("a memory region is longer than its file", "Memory regions description");

        /// <summary>Guest address, length of the file.</summary>
        public static readonly Rule RegionNotMapped = Fatal("the file of a memory region cannot be mapped", "VHOST_USER_SET_MEM_TABLE");

        /// <summary>Most bytes, sum of the files' lengths.</summary>
        public static readonly Rule MemoryTooLarge = Fatal("the files of all memory regions together are too large", "VHOST_USER_SET_MEM_TABLE");

        /// <summary>Rings, index.</summary>
        public static readonly Rule RingIndex = Fatal("index: there is no such ring", "A vring state description");

        /// <summary>Index, num.</summary>
        public static readonly Rule RingSize = Fatal("num: a ring has 1 to 32768 descriptors", "VHOST_USER_SET_VRING_NUM");

        /// <summary>Index, num.</summary>
        public static readonly Rule SplitRingSize = Fatal("num: the size of a split ring is a power of two", "VHOST_USER_SET_VRING_NUM");

        /// <summary>Size and base are not to be changed under a ring that runs. Index.</summary>
        public static readonly Rule RingRuns = Fatal("the ring runs; VHOST_USER_GET_VRING_BASE stops it", "Ring states");

        /// <summary>Index, flags.</summary>
        public static readonly Rule RingLogging = Fatal("flags: logging was not offered", "A vring address description");

        /// <summary>Index, address.</summary>
        public static readonly Rule RingAddress = Fatal("an address of the ring is in no memory region", "VHOST_USER_SET_VRING_ADDR");

        /// <summary>Index, descriptors.</summary>
        public static readonly Rule EventDescriptor = Fatal("bit 8 is clear exactly if a descriptor comes along", "VHOST_USER_SET_VRING_KICK");

        /// <summary>Index.</summary>
        public static readonly Rule EventNotEventFd = Fatal("the descriptor is no eventfd", "VHOST_USER_SET_VRING_KICK");

        /// <summary>Index, num.</summary>
        public static readonly Rule EnableValue = Fatal("num: 0 disables and 1 enables", "VHOST_USER_SET_VRING_ENABLE");

        /// <summary>The device's configuration is not the front end's to write. Offset, size.</summary>
        public static readonly Rule ReadOnlyConfiguration = Of("all fields of the configuration are read-only, so nothing was written", "VHOST_USER_SET_CONFIG");

        /// <summary>0, status.</summary>
        public static readonly Rule StatusValue = Fatal("device_status has eight bits", "VHOST_USER_SET_STATUS");

        private static Rule Fatal(string sentence, string section)
        {
            return Of(sentence + ": the front end is disconnected", section);
        }

        private static Rule Of(string sentence, string section)
        {
            return new Rule(sentence, "vhost-user: " + section);
        }
    }
}
