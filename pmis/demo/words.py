"""Invented people and firms, and the sentences of a site; nobody and nothing here is real."""

from __future__ import annotations

import random

#: Family names by how often they are borne, and given names of both sexes.
FAMILY = "김김김김이이이박박최정강조윤장임한오서신권황안송류홍전고문손양배백허남심노하곽성차주우"
WOMEN = (
    "서연 지우 하은 민서 수빈 유진 은주 미경 현정 보라 다은 혜진 소영 나래 가영 정아 선희 영주 "
    "채원 예린 주은 세미 지현 윤아 하늘 은서 미소 진아"
)
MEN = (
    "민준 서준 도윤 현우 지훈 성민 재현 동욱 상훈 영수 태호 정훈 기현 승우 진호 병철 용석 준영 "
    "건우 시우 우진 한결 대현 성호 창민 광수 인호 규석"
)
GIVEN = (*WOMEN.split(), *MEN.split())

#: Words that firms are named after; every name ends with "(가상)", "invented".
STEMS = (
    ("가온", "Gaon"),
    ("누리", "Nuri"),
    ("다솜", "Dasom"),
    ("라온", "Raon"),
    ("미르", "Mir"),
    ("보라매", "Boramae"),
    ("새벽", "Saebyeok"),
    ("아라", "Ara"),
    ("온새미", "Onsaemi"),
    ("이든", "Ideun"),
    ("차오름", "Chaoreum"),
    ("큰솔", "Keunsol"),
    ("터울", "Teoul"),
    ("푸른뫼", "Pureunmoe"),
    ("한울", "Hanul"),
    ("해찬", "Haechan"),
    ("너른들", "Neoreundeul"),
    ("도담", "Dodam"),
    ("마루한", "Maruhan"),
    ("별내음", "Byeollaeeum"),
    ("시나브로", "Sinabro"),
    ("여울목", "Yeoulmok"),
    ("윤슬", "Yunseul"),
    ("참나래", "Chamnarae"),
)
#: Kind of organization: Korean and English ending, how many there are, first phone number.
FIRMS = {
    "contractor": ("종합건설(가상)", "Construction (invented)", 22),
    "supervision_firm": ("건설사업관리단(가상)", "Construction Management (invented)", 9),
    "designer": ("엔지니어링(가상)", "Engineering (invented)", 8),
    "subcontractor": ("전문건설(가상)", "Specialist Works (invented)", 24),
    "equipment_lessor": ("중기(가상)", "Plant Hire (invented)", 10),
    "supplier": ("자재(가상)", "Materials (invented)", 8),
    "oversight_body": ("시민참여감독단(시연)", "Citizen Oversight (demo)", 1),
}
DEPARTMENTS = {
    "road": "도로과",
    "water": "치수과",
    "public_building": "공공시설과",
    "park": "공원녹지과",
    "urban_rail": "도시철도건설부",
}
TOOLBOX = (
    "굴착면 기울기와 출입통제선 확인",
    "장비 후진 시 신호수 배치와 접근금지",
    "안전대 걸이와 개구부 덮개 점검",
    "밀폐공간 산소농도 측정과 환기",
    "감전 예방: 분전반 잠금과 누전차단기",
    "폭염 대비 물·그늘·휴식",
    "한파 대비 몸풀기와 결빙 구간 모래 살포",
    "줄걸이 용구 손상 여부와 인양 반경 통제",
    "용접 불티 비산 방지포와 소화기 비치",
    "거푸집 동바리 수평연결재 확인",
)
HAZARDS = (
    "작업발판 단부 난간 한 곳 흔들림, 즉시 고정함",
    "굴착면 상단에 쌓인 흙을 1m 뒤로 옮김",
    "보행자 안내판이 바람에 돌아가 다시 세움",
    "전선 피복 손상 한 곳, 교체함",
    "자재 적치가 통로를 좁혀 정리함",
)
NOTICES = (
    "내일 09:00~17:00 공사 구간 한 차로를 막습니다. 신호수의 안내를 따라 주십시오.",
    "레미콘 차량이 드나들어 08:00~16:00 소음이 있습니다. 양해 부탁드립니다.",
    "보도 폭이 1.5m로 줄어듭니다. 유모차와 휠체어는 맞은편 길을 이용해 주십시오.",
    "22:00~다음 날 05:00 야간작업이 있습니다. 방음벽을 세워 소음을 65dB 아래로 지킵니다.",
    "수도 연결로 10:00~14:00 흐린 물이 나올 수 있습니다. 미리 받아 두시기 바랍니다.",
    "버스정류장을 30m 남쪽으로 임시로 옮겼습니다.",
)
INSTRUCTIONS = (
    "검측 전 자체 점검표를 먼저 낼 것",
    "우기 대비 배수로와 양수기를 점검하고 사진으로 보고할 것",
    "보행 통로 조명을 보강할 것",
    "콘크리트 양생 온도를 하루 두 번 기록할 것",
)
REMARKS = (
    "하도급사 인력 교체 예정, 내일 협의 바람.",
    "인접 건물주 요구로 작업 시간 조정이 필요함. 검토 요청.",
    "자재 단가 인상 통보를 받음. 설계변경 여부 상의 필요.",
    "공정 만회를 위해 다음 주 야간작업을 검토 중.",
)
TESTS = (
    "슬럼프 150mm, 공기량 4.6 %, 염화물 0.12 kg/㎥: 적합",
    "현장 들밀도 시험 96.2 % (기준 95 % 이상): 적합",
    "철근 인장시험 3본: 적합",
    "아스콘 다짐온도 141 ℃: 적합",
)
VISITS = (
    ("서울특별시 안전감찰(시연)", "정기 안전점검"),
    ("구의회(시연)", "주민 불편사항 확인"),
    ("시민참여감독단(시연)", "시민 현장 참관"),
    ("한국전력 협의(시연)", "지장물 이설 협의"),
)
NO_WORK = {
    "rain": "강우로 옥외 작업 중지",
    "snow": "강설과 결빙으로 작업 중지",
    "wind": "강풍(순간 15 m/s 이상)으로 인양 작업 중지",
    "cold": "일최저기온 영하 12 ℃ 아래로 타설 중지",
}
CAPTIONS = {
    "before": "{item} 착수 전 현황",
    "toolbox": "작업 전 안전점검회의",
    "inspection": "{item} 시험 입회",
    "after": "{item} 마무리 상태",
}
VIEWS = ("전경", "시공 상태", "근경", "검측 사진", "시점부에서 본 모습", "종점부에서 본 모습")


def person(rng: random.Random) -> str:
    """Return the name of somebody who does not exist."""
    return rng.choice(FAMILY) + rng.choice(GIVEN)


def office_phone(rng: random.Random) -> str:
    """Return an office number that cannot be called: the exchange 0000 is not given out."""
    return f"02-0000-{rng.randrange(1000, 9999)}"


def mobile(rng: random.Random) -> str:
    """Return a mobile number that cannot be called."""
    return f"010-0000-{rng.randrange(1000, 9999)}"


def registration_number(rng: random.Random) -> str:
    """Return a business number that no tax office gives out: it begins with 000."""
    return f"000-{rng.randrange(10, 99)}-{rng.randrange(10000, 99999)}"
