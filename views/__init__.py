"""What people see: Streamlit pages by role, components, maps, and the wiring of services to the store."""
