"""English words of everyday life that are technical terms as well.

A seed counts at nearly its full weight in an English title. `tokamak` may do
so; `yield`, `bridge` or `alignment` may not, because most who write them mean
something else. Only such words are reported, so that nobody has to explain
`stellarator`: words that a newspaper uses, or that several sciences use in
senses of their own. Written by us; add what you miss.
"""

EVERYDAY = frozenset(
    """
    actor adhesion adsorption agent air alignment ambient anchor animal annotation antenna arc
    area arm array attachment attack attention avatar balance bank bar bark base beam bearing
    bed behavior behaviour belt benchmark binding bird block blood board body bond bone book
    boost boundary box brain brake branch breast breath breeding bridge brush bubble buckling
    buffer building bulk burn bus bypass cable cage calibration camera campaign canal cancer
    cap car carbon care cargo carrier cascade casting catch cavity cedar cell cement chain
    chamber channel charge chicken chip circuit city clay clearance climate clock cloud
    cluster clustering coal coast coat coating code coding cold collapse collection collision
    color column combustion communication compass compiler complex composite compound
    compression computer concrete conduction conductor conflict congestion connection
    consensus conservation construction contact container contamination control convergence
    conversion cooling coral cord core correction corrosion cortex coupling coverage crack
    crane creep crop crossing crowd crown crystal culture current cycle dam damage damping
    data death decay decision deck decoding decomposition decoupling defect defense deficit
    deformation delay delivery density deposit deposition depression depth desert design
    detection detector device diagnosis diet differentiation diffusion digestion dimension
    disaster discharge disease dislocation display disruption dissolution distribution
    diversity docking document dose drag drain drift drilling drive driver driving drone drop
    drought drug dust dye ear economy edge efficiency electricity element elevator emission
    emotion enamel encoder encoding energy engine entanglement environment equilibrium erosion
    eruption evacuation evaporation evolution exchange excitation exercise expansion explosion
    exposure expression extension extraction eye fabric face factory failure fairness farm fat
    fatigue fault feedback fever fiber fibre field film filter fin finger fire fish fishery
    fishing fission fixation flame flash fleet flight floating flood floor flotation flow
    fluid flutter focus fog folding food foot force forecast forest forging formation
    foundation fracture frame freight frequency friction fruit fuel fusion gain gait game gap
    garment gas gate gateway gear gel gene generation generator geometry glacier glass glider
    glue goal grain graph grasping gravity grid grinding ground growth guardrails guidance
    habitat hallucination handling harbor hardening harvest hash hazard head health hearing
    heart heat heating helical herd highway hip hive homing host house housing hull human
    hunting hydrogen ice icing icon ignition image imaging imitation immersion impact implant
    implantation implosion impulse index indication infection inference infrastructure
    inhibition injection injury ink inspection insulation integration intelligence interaction
    interface interference intersection inversion investment ion iron irrigation island
    isolation item jet joining joint junction key kidney knee knowledge labor ladder lake lamp
    land landing landmark language laser latency launch layer layout leaching lead leaf leak
    learning lens lifelines lifting light lighting lightning line link liquefaction liver load
    lock logistics loop lung machine magnet maintenance manipulation map mapping margin marker
    market mask mass matching material meal measurement meat mechanism medicine melting
    membrane memory mesh metal migration milk mill milling mine mineral mining mirror missile
    mission mixing mixture mobility model modulation module moisture mold monitor monitoring
    mooring motion motor mould mouth movement muscle navigation neck needle nerve nest net
    network neutralization nitrogen node noise nose nuclear nucleus nursing nutrient nutrition
    ocean oil operation optimization orbit order organ orientation oscillation outbreak
    outfitting oxygen packaging packet paddy pain paint panel paper parallel parasite park
    parking particle partition passenger patch path pathway patient pattern pavement payload
    peak perception performance permafrost phase photo picture pig pile pilot pipe pipeline
    pitch planning plant plasma plastic plate platform plating pocket point poison
    polarization pole policy polishing pollination pollution pool population pore port
    position potential power precision prediction pregnancy pressure prevention printing
    privacy probe processing processor production program propagation propulsion protection
    protein protocol pulse pump pumping purification quality quench radar radiation rail rain
    reaction reactor reading reasoning receiver receptor recognition reconstruction recovery
    recycling reduction reef refining reflection reflex refrigeration regeneration
    registration regulation reinforcement rejection relaxation relay release reliability
    relief rendering repair replication representation reproduction rescue reservoir
    resilience resin resistance resolution resonance resource respiration response retina
    retrieval rice ring riser risk river road robot robustness rocket rod rolling roof root
    rotation rotor routing rubber rubble ruler runaway runoff safety sail salt sample sampling
    sanitation satellite scaffold scaling scan scanning scattering scene scheduling screening
    screw sea seal search sector security sediment sedimentation seed segmentation segregation
    selection separation sequence sequencing server shape shear sheet shell shelter shield
    shielding shift ship shipping shock shore shuttle sickness sieve signal signature silicon
    silk simulation sink sintering site skin sky slamming sleep slip slope sludge smart smell
    smelting smoke smoking snow soft software soil solar sorting sound source space spark
    spectroscopy spectrum speech spin spine spoofing spray spring stability stage station
    steam stem sterilization stiffness stimulation stomach storage storm strain stream stress
    stroke structure subsidence substitution substrate suction sugar summarization sun support
    suppression surface surge surveillance survey suspension swarm swelling swimming switch
    switching syndrome synthesis table tactile tail tailings tank tap target taste taxi
    telescope temperature tensor terminal terrain tether texture theater therapy thinning
    thread thrust tide timber tire tissue tomato tooth torque torsion touch town toxin track
    tracking traction trade traffic train training trajectory transcription transfer
    transformation transformer transfusion transition translation transmission transparency
    transport transportation trap trauma treatment tree trial trigger truck trust tube
    tumbling tuning tunnel turbine turbulence twin tyre ultrasound urban vaccine vacuum valley
    valve vaporization vector vegetable vegetation vehicle ventilation verification vessel
    vibration video virus vision voice voltage vortex voyage wake walking wall warehouse
    warning washing waste watch water watermarking wave weaning wear weather weed weight
    welding well wetland wheat wheel whipping wind window wine wing wire wireless wood
    workflow wound yeast yield zone
    """.split()
)

GENERAL = frozenset(
    """
    a ability able about according account achieve achieved across activity addition additional
    address addressing advance advanced advancing affect affecting aim aimed aiming all allow
    also among an analysi analysis analytic analytical analyze analyzed analyzing and answer
    appear application applied apply applying approach appropriate are area aspect assess
    assessing assessment associated at attempt available based basic basis be become been being
    benefit best better between beyond both but by can candidate case cause caused challenge
    challenging change characteristic characterization characterize clarification clarified
    clarify class common comparative compare compared comparing comparison complete
    comprehensive concept concerning condition conduct conducted consider considered construct
    constructed constructing construction contribute contributing contribution could create
    creating creation crucial current currently describe design designed designing detail
    detailed determine determining develop developed developing development difference different
    direct discover discovery discuss discussion diverse do due during each effect effective
    effectively effectiveness efficient efficiently effort elucidate elucidated elucidating
    elucidation employ enable enabling enhance enhanced enhancement enhancing establish
    established establishing establishment evaluate evaluated evaluating evaluation evidence
    examination examine examined examining example exist existing exploration explore explored
    exploring extend extended factor feature final finally find finding first focus focused
    focusing for form formation found foundation framework from function fundamental further
    furthermore future general generate generated generating goal good group has have here high
    highly how however identification identified identify identifying implementation important
    improve improved improvement improving in include including increase increased increasing
    influence initiative innovation innovative insight integrate integrated integrating
    integration into introduce investigate investigated investigating investigation involved is
    issue it its japan japanese just key kind known lack lead leading level like limitation
    limited long low made main mainly major make making many may mean means mechanism method
    methodology might more moreover most multiple need new no non not novel number objective of
    on one only open or order other our outcome over overall part particular particularly
    perform performance phenomena phenomenon point possibility possible potential present
    previous principle problem procedure proces process produce progres project promote
    promoting promotion property propose proposed proposing provide providing purpose range
    recent recently reduce regarding related relation relationship relevant remain report
    require required requirement research researcher respect result reveal revealed revealing
    role same science scientific second seek set several should show shown significance
    significant significantly similar since situation small so solution solve solving some
    specific step still strategic strategy strong study studying such suggest support systematic
    technical technique technology term than that the their them then there therefore these they
    this those three through thus time to together tool topic toward towards transformation two
    type under underlying unique use used useful using utilization utilize utilized utilizing
    value various verify very via view was way we well were what when where whether which while
    who why wide will with within without would year
    """.split()
)
"""English words in which research of any kind is told (see `learning.general`)."""

PARTICLES = frozenset(
    """
    、 。 , . ・ : ; / - ( ) 「 」 『 』 【 】 [ ] ~ の を に は が で と も や か へ し て た
    だ き さ れ ば から まで より つい つつ 為る 為 有る 成る 居る れる られる せる させる たい
    ます です 桶 り 於く 因る
    """.split()
)
"""Units between words, as the tokenizer cuts and spells them (における is に, 桶, り)."""

IN_ANY_RESEARCH = frozenset(
    """
    など 等 なり 来る 行く 言う 出来る 無い ない 増し ぬ ず 事 こと 物 もの 時 場合 此の その
    この 其の 其れ 此れ 是 我々 私 本 当 各 両 全 諸 同 又 及び 或いは 並びに 更に 特に 即ち
    例えば 一 二 三 四 五 1 2 3 4 5 第 一つ 二つ 三つ 複数 研究 開発 研究開発 実現 応用 高度 化
    化ける 手法 方法 方式 法 方 手段 技法 手順 装置 器具 新しい 新た 新規 新 評価 有効 有用 性
    汎用 最適 検証 検討 確立 構築 解明 提案 提示 基礎 基盤 技術 科学 学術 学問 関する 関連
    関わる 向ける 向け 目指す 行う 図る 調べる 調査 試みる 試み 試行 考察 課題 問題 疑問 的 型
    系 用 者 上 中 下 内 外 間 後 前 際 点 面 側 毎 別 可 不 非 再 超 高 低 多 少 対する 基づく
    通じ 通じる 伴う 含む 用いる 使う 使用 活用 適用 導入 作成 作る 製作 明らか 明確 目的 目標
    計画 年度 年 期間 成果 結果 影響 効果 関係 特性 特徴 性質 性能 重要 必要 従来 既存 現在 近年
    将来 今後 最近 最新 初めて 世界 独自 独創 革新 先端 先進 先駆 次 世代 次世代 総合 包括 多様
    様々 色々 具体 詳細 全体 部分 最終 当該 提供 推進 支援 促進 向上 改善 改良 強化 拡大 展開
    発展 創出 創成 創造 形成 整備 準備 実施 実証 実験 実践 実用 解決 理解 知見 知識 概念 理論
    原理 原則 視点 観点 側面 役割 意義 価値 取る 組 取り組む 取組 進める 得る 示す 持つ 考える
    捉える 着目 異なる 違う 同じ 高い 低い 大きい 小さい 多い 少ない 良い 優れる 早い 期待 申請
    挑戦 萌芽 困難 容易 簡単 簡便 本質 根本 基本 一般 特殊 特定 普遍 応じる 可能 能力 分野 領域
    対象 条件 要因 要素 仕組み 機構 過程 段階 状態 状況 現状 現象 変化 動向 傾向 比較 分類 整理
    記述 表現 議論 報告 発表 国際 共同 連携 協力 貢献 寄与 達成 完成 開始 継続 終了 実行 設計
    device equipment apparatus instrument
    """.split()
)
"""Units in which any research is told in Japanese. They tip a balance rightly (what is developed
is seldom history), but a text in which nothing else speaks for an area gives no ground for it:
of 「新しい方式の装置を開発する」 nobody can say what it is about. Words of one field in any of
their senses (解析, 計測, 制御) are not among them."""
