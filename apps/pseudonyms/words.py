"""
The 2,048 words of which names are made.

They are the English words of BIP-39 (as packaged in `mnemonic`), a list chosen
so that no two are easily confused. It was made for key phrases, not for people:
every word that one would not like to be called by (violence, illness, looks,
age, sex, money, guilt, surveillance, our own tiers) gives its place to a
friendly one. The list must never change: names found outside are traced
by making them again. A test pins its SHA-256.
"""

from importlib import resources

_UNFRIENDLY = """
    abandon absent absurd abuse accident accuse acid actress addict adult afraid alarm alcohol
    alien alone amateur ancient anger angry animal antique anxiety apology argue armed armor
    army arrest assault asthma attack attract aunt average avoid awful awkward axis baby
    bachelor bacon bag banana bar barely basic battle beauty beef betray bind birth bitter black
    blade blame blast bleak bless blind blood blur blush body boil bomb bone boring boss bottom
    boy broken bronze brother brown bulk bullet bunker burden burst cage camp cancel cannon
    casino cattle caution chaos charge chase cheap chest chicken child chronic chunk cigar
    clinic clog clown clump coconut congress control crack cram crash crater crawl crazy crime
    critic cross crouch cruel crumble crush cry cute dad damage damp danger daughter debate
    debris decline decrease defense defy delay demand demise denial deny depart despair destroy
    detect dice diesel diet dilemma dinosaur dirt disagree disease dismiss disorder divide
    divorce dizzy dog doll donkey dose drama drastic drink drip drop dumb dutch dwarf elder
    elite empty end enemy enforce enlist erase erode erosion error erupt escape eternal evidence
    evil excess exclude excuse execute exhaust exile exit exotic expire expose fade faint faith
    fall false fantasy fat fatal father fatigue fault female fever fire flat flee follow force
    forget fossil fragile frown furnace fury gap garbage gas gasp ghost giant girl glare gloom
    goddess gold gorilla gospel gossip grab grief grunt guilt gun hard harsh hazard heavy hen
    high hole hollow horn horror hospital huge hungry hunt hurdle hurry hurt husband ice idle
    ignore ill illegal illness imitate immense immune impose income infant inflict inform inhale
    inject injury inmate innocent inquiry insane insect isolate ivory jealous joke judge jungle
    junior junk kick kid kidney kiss knife knock lady large latin lawsuit lazy leave left length
    liar loan lonely lottery loud love mad maid mammal man marriage mask mass master mean meat
    melt member mercy mimic minor misery miss mistake mom monitor monkey monster mosquito mother
    mule muscle naive narrow nasty negative neglect nephew nerve never noise normal nothing
    nuclear nut obey object obscure observe odor off old omit oppose ordinary organ orient
    orphan other oven panic patrol peasant penalty pet pig pill pistol plastic plunge pole
    police poverty powder pretty prevent prison private problem pudding punch purity quit
    raccoon race rack raw razor rebel refuse regret reject remove resist retire retreat rich
    ride rifle rigid riot risk ritual rival robot romance rookie rough rubber rude sad sadness
    salute satisfy satoshi sausage scare scorpion scrap senior shadow shaft shallow shiver shock
    shoot short shove shrimp shrug shy sick siege silly silver simple siren sister size skin
    skirt skull slab slam slender slim slow slush small smoke snake sniff soldier sorry spawn
    special spider spike split spoil spy squeeze sting stomach strike struggle stuff stumble
    submit suffer supreme surround suspect swallow swamp swarm swear sweet sword symptom tank
    target tattoo thing tiny tired toast tobacco toddler toilet token tongue tool topple tornado
    toss traffic tragic trap trash trial tribe trick trigger trouble tumble turkey typical ugly
    unable unaware uncle undo unfair unhappy unknown unusual upset urge used useless usual
    vacant vague vanish veteran vicious vintage virus visa void wage want warfare warrior wasp
    waste wealth weapon weasel weird wet whale whip wide wife wine wink witness woman worry
    wreck wrestle wrong yellow young youth zero
""".split()  # noqa: SIM905  (a block of words reads better than 550 quoted ones)

_FRIENDLY = """
    abacus acacia accordion acorn agate agile alder almanac almond aloe amaryllis amber amethyst
    amiable anemone apricot aqua aquamarine aspen aster atlas atoll aurora azalea azure backpack
    badger bagel banjo basil bassoon beacon beaver begonia beryl birch biscuit bison bluebell
    blueberry bobbin bobcat bookmark bramble breezy brook bubbly bugle buoyant buttercup
    butterscotch button calico camellia canary candid candle caramel caravan cardamom carefree
    caribou carnation carousel cascade cashew catkin cedar cello cerulean chamomile cheerful
    cheery cheetah chestnut chickadee chicory chime chinchilla chipmunk chipper cicada cirrus
    citrine clarinet clementine clover cobalt cockatoo cocoa comet compass condor cookie cordial
    corgi cormorant cornet cornflower cosmos cosy cottage cougar courteous couscous cove
    cranberry crayon crimson crocus cumulus curlew currant custard cymbal cypress daffodil
    dahlia daisy dale dandelion dapper deft dell denim diligent doorbell dormouse dragonfly
    dulcimer dusk earnest easel edelweiss egret elated elk elm emerald emu equinox estuary
    eucalyptus falcon fearless fennel fern ferret festive fiddle fig finch fir firefly fjord
    flamingo flannel fluent flute foothill footpath foxglove freesia fuchsia gallant gardenia
    garnet gazebo gazelle gecko gelato genial gentian geranium geyser gifted ginkgo glacier
    glade gleeful glen glowing goldfinch gondola gooseberry graceful gracious granite granola
    grapefruit grateful grebe grotto grove guava hammock handy harmonica harp haven hawthorn
    hazel hazelnut headland heartfelt heather helpful heron hibiscus hillock holly honeysuckle
    hoopoe hopeful hornbill hyacinth hydrangea ibex ibis iguana impala indigo inlet iris isle
    islet ivy jasmine jasper jaunty jolly jovial joyful jubilant juniper kaleidoscope kayak
    kazoo kestrel keystone kindly kingfisher kinglet knoll koala kookaburra lagoon lantern lapis
    larch lark larkspur lattice laurel lavender lentil lichen likable lilac lily limber lime
    linden linen lively loch locket loom lotus lucid luminous lupin lute lychee lynx lyre
    macaron macaw magnolia magpie mallard mandolin maraca marigold marimba marjoram marmalade
    marmot marten marzipan meadowsweet meerkat mellow meringue meteor mica mimosa mindful mint
    mirthful mitten mocha moose mosaic moss muesli mulberry myrtle narwhal neat nebula nectarine
    newt nifty nightingale nimble nougat nova nutmeg oasis oatmeal oboe ocelot okapi onyx opal
    orchid oregano origami oriole osprey otter owl papaya parasol parchment parsley partridge
    pastry pasture peaceful peacock pearl pebble pecan pendant pendulum penguin peninsula peony
    peppy peridot periwinkle persimmon pesto petrel petunia pheasant piccolo pika pineapple
    pinewood pinwheel pipit pistachio placid platypus playful plover plucky plum pocket poised
    polite pomelo popcorn poplar porch porcupine porpoise porridge postcard prairie praline
    pretzel primrose prism ptarmigan puffin quail quaint quartz quasar quay quiche quiet quill
    quilt quince quinoa quokka quoll radiant radish raft raspberry ravioli redstart reef
    resolute rhubarb risotto robin rosemary rosy rowan ruby rudder russet saffron sage sailboat
    sandal sandpiper sapphire satchel saxophone scarf scarlet schooner seahorse sensible sequoia
    serene serval sextant shawl sheepdog sherbet shore sincere skiff skylark slate sled snowdrop
    snug sociable solstice sonnet sorbet sorrel sparrow spirited sprightly spruce starlight
    starling steadfast steady steppe stork strand strawberry sturdy sumac summit sunbeam sundial
    sunflower sunlit sunrise swan sycamore tactful tamarind tambourine tanager tangerine tansy
    tapestry tapioca tapir tarn tarragon teacup teak teal teapot telescope tender tern thankful
    thicket thimble thistle thorough thyme tidy toboggan toffee topaz toucan tranquil trellis
    trombone truffle trusty tuba tulip tundra turaco turquoise tweed twilight ukulele upbeat
    vale valiant vanilla vermilion versatile vetch viola violet vista waffle wagtail wallaby
    warbler waterfall whimsical whistle wholesome willow windmill wisteria witty wombat wondrous
    woodland wren xylophone yak yarn yarrow yogurt zenith zephyr zesty zinnia zippy zither
""".split()  # noqa: SIM905  (a block of words reads better than 550 quoted ones)


def _words() -> tuple[str, ...]:
    listed = resources.files("mnemonic").joinpath("wordlist/english.txt").read_text("ascii")
    instead = dict(zip(_UNFRIENDLY, _FRIENDLY, strict=True))
    return tuple(instead.get(word, word) for word in listed.split())


WORDS = _words()
